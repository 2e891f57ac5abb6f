// The port for authorization, and what it decides on. actors/api-server/authz/ implements it; the core asks it for every
// request, the HTTPS front for every path that is no resource. A decision is made from memory and never waits.
import type { ApiRequest, User } from "#lib/api.ts";
import { parseFieldSelector } from "#api/meta/field-selector.ts";
import { forbidden, type ApiError } from "#api/meta/status.ts";

/** A request for a resource, as rules see it. Absent names are undefined or "". */
export type ResourceAttributes = {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

/** A request for a path that is no resource; the verb is the HTTP method in lower case. */
export type PathAttributes = { readonly verb: string; readonly path: string };

export type Attributes = ResourceAttributes | PathAttributes;

/** `noOpinion` lets the next authorizer decide; from the last one it is a refusal. `reason` is for the user. */
export type Decision = { readonly decision: "allow" | "deny" | "noOpinion"; readonly reason: string };

export interface Authorizer {
  authorize(user: User, attributes: Attributes): Decision;
}

/** What rules see of a request. Throws: BadRequest for a field selector that cannot be read. upstream: apiserver/pkg/endpoints/request/requestinfo.go */
export const attributesOf = ({
  verb,
  group,
  version,
  resource,
  subresource,
  namespace,
  name,
  options,
}: ApiRequest): ResourceAttributes => ({
  verb,
  group,
  version,
  resource,
  subresource,
  // A namespace lies in itself, so that a Role in it can grant reading it.
  namespace: resource === "namespaces" && group === "" ? name : namespace,
  name: name ?? nameSelected(options?.fieldSelector),
  fieldSelector: options?.fieldSelector,
});

/** The one name that a list or watch selects, if it selects one: it then counts as a read of that object. */
const nameSelected = (fieldSelector: string | undefined): string | undefined => {
  if (fieldSelector === undefined || !fieldSelector.includes("metadata.name")) return undefined;
  return parseFieldSelector(fieldSelector).find(({ field, op }) => field === "metadata.name" && op === "=")?.value;
};

/** Asks each in turn; the first that allows or denies decides. upstream: apiserver/pkg/authorization/union */
export const union = (authorizers: readonly Authorizer[]): Authorizer => ({
  authorize: (user, attributes) => {
    const reasons: string[] = [];
    for (const authorizer of authorizers) {
      const decision = authorizer.authorize(user, attributes);
      if (decision.decision !== "noOpinion") return decision;
      if (decision.reason !== "") reasons.push(decision.reason);
    }
    return { decision: "noOpinion", reason: reasons.join("\n") };
  },
});

/** The failure for a request that was not allowed. upstream: endpoints/handlers/responsewriters/errors.go */
export const refusal = (user: User, attributes: Attributes, { reason }: Decision): ApiError => {
  const message = escapeHtml(described(user, attributes));
  const why = reason === "" ? message : `${message}: ${reason}`;
  return "path" in attributes
    ? forbidden({ group: "", resource: "" }, why)
    : forbidden({ group: attributes.group, resource: attributes.resource, name: attributes.name ?? "" }, why);
};

/** Throws: Forbidden unless `authorizer` allows it. `decided` is told what it decides, either way. */
export const requireAllowed = (
  authorizer: Authorizer,
  user: User,
  attributes: Attributes,
  decided?: (decision: Decision) => void,
): void => {
  const decision = authorizer.authorize(user, attributes);
  decided?.(decision);
  if (decision.decision !== "allow") throw refusal(user, attributes, decision);
};

const described = (user: User, attributes: Attributes): string => {
  const who = `User ${JSON.stringify(user.name)} cannot ${attributes.verb}`;
  if ("path" in attributes) return `${who} path ${JSON.stringify(attributes.path)}`;
  const { resource, subresource = "", group, namespace = "" } = attributes;
  const what = JSON.stringify(subresource === "" ? resource : `${resource}/${subresource}`);
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} resource ${what} in API group ${JSON.stringify(group)} ${where}`;
};

const escapeHtml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
