// token: a service account asks, or a node asks for its pod, for a signed token.
// upstream: pkg/registry/core/serviceaccount/storage/token.go
import type { AuthenticationV1TokenRequest, V1BoundObjectReference, V1Pod } from "#api/generated/types.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { badRequest, conflict, invalid, notFound } from "#api/meta/status.ts";
import type { Call, Core } from "../core.ts";
import { current } from "../pipeline/storage.ts";
import { admittedBody } from "./admitted.ts";

const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

const BINDABLE: { readonly [kind: string]: { readonly resource: string; readonly namespaced: boolean } } = {
  Pod: { resource: "pods", namespaced: true },
  Secret: { resource: "secrets", namespaced: true },
  Node: { resource: "nodes", namespaced: false },
};

/** The TokenRequest with the token that the issuer signed. Throws: NotFound, Invalid, BadRequest, Conflict. */
export const requestToken = async (core: Core, call: Call): Promise<KubeObject> => {
  const { metadata } = current(core, call).object;
  const request = await admittedBody<AuthenticationV1TokenRequest>(core, call);
  requireSpan(request, call.name);
  const ref = request.spec?.boundObjectRef;
  const bound = ref === undefined ? undefined : boundObject(core, call, ref);
  return core.guards.tokens.issue({ namespace: call.namespace, name: call.name, uid: metadata.uid }, request, bound);
};

const requireSpan = ({ spec }: AuthenticationV1TokenRequest, name: string): void => {
  const seconds = spec?.expirationSeconds;
  if (seconds === undefined || (seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) return;
  const detail =
    seconds < MIN_SECONDS ? "may not specify a duration less than 10 minutes" : "may not specify a duration larger than 2^32 seconds";
  throw invalid({ group: "authentication.k8s.io", kind: "TokenRequest", name }, [invalidValue("spec.expirationSeconds", seconds, detail)]);
};

const boundObject = (core: Core, call: Call, ref: V1BoundObjectReference): KubeObject => {
  const object = findBound(core, call, ref);
  const { kind = "", name = "", uid = "" } = ref;
  if (kind === "Pod" && (object as V1Pod).spec?.serviceAccountName !== call.name) {
    throw badRequest(`cannot bind token for serviceaccount "${call.name}" to pod running with different serviceaccount name.`);
  }
  if (uid !== "" && uid !== object.metadata?.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: "", resource: kind, name }, why);
  }
  return object;
};

const findBound = ({ caches }: Core, call: Call, { apiVersion = "", kind = "", name = "" }: V1BoundObjectReference): KubeObject => {
  const bindable = apiVersion === "v1" ? BINDABLE[kind] : undefined;
  if (bindable === undefined) throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  const subject = { group: "", resource: bindable.resource, name };
  const object = caches.object(subject, bindable.namespaced ? call.namespace : "", name);
  if (object === undefined) throw notFound(subject);
  return object;
};
