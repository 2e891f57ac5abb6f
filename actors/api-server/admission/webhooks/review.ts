// AdmissionReview: what a webhook is asked, and what its answer says. Pure.
// upstream: apiserver/pkg/admission/plugin/webhook/request/admissionreview.go
import type { V1Status } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import type { Attributes } from "../plugin.ts";
import { namespaceOf } from "./match.ts";

const GROUP = "admission.k8s.io";
const VERSIONS = ["v1", "v1beta1"];

/** What a review is about: the request as it came, and the objects in the version in which the webhook is asked. */
export type Question = {
  readonly uid: string;
  readonly attributes: Attributes;
  readonly options: JsonObject | null;
  readonly kind: Kind;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
  /** The versions of AdmissionReview that the webhook understands, best first. */
  readonly versions: readonly string[];
};

/** The version in which a webhook is asked; undefined: it understands none that is known. */
export const reviewVersion = (versions: readonly string[]): string | undefined => versions.find((version) => VERSIONS.includes(version));

type TypeName = { readonly group: string; readonly version: string; readonly kind: string };

/** A subresource's object is of a kind of its own. */
const typeOf = (object: KubeObject | undefined, { group, version, kind }: Kind): TypeName => {
  if (object?.kind === undefined || object.kind === kind) return { group, version, kind };
  const [ownVersion = "", ownGroup = ""] = (object.apiVersion ?? "").split("/").toReversed();
  return { group: ownGroup, version: ownVersion, kind: object.kind };
};

const resourceOf = ({ group, version, resource }: Kind): JsonObject => ({ group, version, resource });

const named = (field: string, text: string): JsonObject => (text === "" ? {} : { [field]: text });

/** The document that a webhook is sent. */
export const reviewOf = (question: Question): JsonObject => {
  const { uid, attributes, options, kind, object, old, versions } = question;
  const { user, operation, subresource, name, dryRun } = attributes;
  const request = {
    uid,
    kind: typeOf(object ?? old, kind),
    resource: resourceOf(kind),
    ...named("subResource", subresource),
    requestKind: typeOf(attributes.object ?? attributes.old, attributes.kind),
    requestResource: resourceOf(attributes.kind),
    ...named("requestSubResource", subresource),
    ...named("name", name),
    ...named("namespace", namespaceOf(attributes)),
    operation,
    userInfo: { username: user.name, uid: user.uid, groups: user.groups, extra: user.extra },
    object: object ?? null,
    oldObject: old ?? null,
    dryRun,
    options,
  };
  return { kind: "AdmissionReview", apiVersion: apiVersionOf({ group: GROUP, version: reviewVersion(versions) ?? "" }), request };
};

/** What a webhook has answered. */
export type Answer = {
  readonly allowed: boolean;
  /** JSON of the patch; "": none. */
  readonly patch: string;
  readonly patchType: string;
  /** Why it refuses. */
  readonly status: V1Status;
  readonly warnings: readonly string[];
  readonly auditAnnotations: { readonly [key: string]: string };
};

/** An answer that is none. */
export class InvalidAnswer extends Error {
  override readonly name = "InvalidAnswer";
}

type Field = "uid" | "allowed" | "patch" | "patchType" | "status" | "warnings" | "auditAnnotations";
type Response = { readonly [field in Field]?: unknown };

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const textsIn = (object: JsonObject): Answer["auditAnnotations"] =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, textOf(value)]));

/** What the fields of a patch should not be. */
const patchFault = ({ patch, patchType }: Response, isMutating: boolean): string | undefined => {
  const [hasPatch, hasType] = [textOf(patch) !== "", patchType !== undefined && patchType !== null];
  if (!isMutating) {
    if (hasPatch) return "validating webhook may not return response.patch";
    return hasType ? "validating webhook may not return response.patchType" : undefined;
  }
  if (hasPatch !== hasType)
    return `webhook returned response.${hasPatch ? "patch" : "patchType"} but not response.${hasPatch ? "patchType" : "patch"}`;
  return patchType === "" ? 'webhook returned invalid response.patchType of ""' : undefined;
};

const gvkText = (apiVersion: string, kind: string): string => `${apiVersion}, Kind=${kind}`;

const typeFault = ({ apiVersion, kind }: JsonObject): string | undefined => {
  const [wanted, got] = [gvkText(`${GROUP}/v1`, "AdmissionReview"), gvkText(textOf(apiVersion), textOf(kind))];
  return got === wanted ? undefined : `expected webhook response of ${wanted}, got ${got}`;
};

/** Why an answer does not fit its question. Answers of v1beta1 need say nothing of themselves. */
const faultOf = (question: Question, review: JsonObject, response: Response, isMutating: boolean): string | undefined => {
  if (isOld(question)) return undefined;
  if (response.uid !== question.uid) {
    return `expected response.uid=${JSON.stringify(question.uid)}, got ${JSON.stringify(textOf(response.uid))}`;
  }
  return typeFault(review) ?? patchFault(response, isMutating);
};

const isOld = ({ versions }: Question): boolean => reviewVersion(versions) === "v1beta1";

/** Reads a webhook's answer. Throws: InvalidAnswer when it does not fit the question. upstream: VerifyAdmissionResponse */
export const answerOf = (question: Question, review: unknown, isMutating: boolean): Answer => {
  const response: unknown = isJsonObject(review) ? review["response"] : undefined;
  if (!isJsonObject(review) || !isJsonObject(response)) throw new InvalidAnswer("webhook response was absent");
  const fault = faultOf(question, review, response, isMutating);
  if (fault !== undefined) throw new InvalidAnswer(fault);
  const { allowed, patch, patchType, status, warnings, auditAnnotations } = response as Response;
  return {
    allowed: allowed === true,
    patch: Buffer.from(textOf(patch), "base64").toString("utf8"),
    patchType: isOld(question) ? "JSONPatch" : textOf(patchType),
    status: isJsonObject(status) ? status : {},
    warnings: Array.isArray(warnings) ? warnings.map(textOf) : [],
    auditAnnotations: isJsonObject(auditAnnotations) ? textsIn(auditAnnotations) : {},
  };
};
