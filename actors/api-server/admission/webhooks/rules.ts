// Whether a rule names a request. Pure; webhooks and policies share it.
// upstream: apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go
import type { V1NamedRuleWithOperations } from "#api/generated/types.ts";

/** What rules look at. `namespace` of a Namespace is its own name. */
export type Ruled = {
  readonly operation: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
};

const names = (list: readonly string[] | undefined, wanted: string): boolean => list?.some((one) => one === "*" || one === wanted) === true;

const isNamespace = ({ group, resource }: Ruled): boolean => group === "" && resource === "namespaces";

const isInScope = (scope: string | undefined, ruled: Ruled): boolean => {
  if (scope === "Namespaced") return !isNamespace(ruled) && ruled.namespace !== "";
  return scope !== "Cluster" || isNamespace(ruled) || ruled.namespace === "";
};

/** `pods`, `pods/status`, `pods/*`, `*` without subresources, `*`/`status`, `*`/`*`. */
const namesResource = (text: string, { resource, subresource }: Ruled): boolean => {
  const [main = "", sub = ""] = text.split("/");
  return (main === "*" || main === resource) && (sub === "*" || sub === subresource);
};

/** Rules of policies may name objects; one without names is about all. */
const isNamed = (wanted: readonly string[] = [], { name }: Ruled): boolean => wanted.length === 0 || wanted.includes(name);

/** True when the rule names the request. */
export const isRuledBy = (rule: V1NamedRuleWithOperations, ruled: Ruled): boolean =>
  isInScope(rule.scope, ruled) &&
  isNamed(rule.resourceNames, ruled) &&
  names(rule.operations, ruled.operation) &&
  names(rule.apiGroups, ruled.group) &&
  names(rule.apiVersions, ruled.version) &&
  rule.resources?.some((text) => namesResource(text, ruled)) === true;

const EXEMPT: ReadonlySet<string> = new Set(
  ["webhookconfigurations", "admissionpolicies", "admissionpolicybindings"].flatMap((kind) => [`mutating${kind}`, `validating${kind}`]),
);

/** What says who is asked is itself asked of nobody, or it could not be mended. upstream: IsExemptAdmissionConfigurationResource */
export const isExempt = ({ group, resource }: Pick<Ruled, "group" | "resource">): boolean =>
  group === "admissionregistration.k8s.io" && EXEMPT.has(resource);
