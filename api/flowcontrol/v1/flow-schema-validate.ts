// What a FlowSchema must be. upstream: pkg/apis/flowcontrol/validation/validation.go
import type {
  FlowcontrolV1Subject,
  V1FlowSchema,
  V1FlowSchemaSpec,
  V1NonResourcePolicyRule,
  V1PolicyRulesWithSubjects,
  V1ResourcePolicyRule,
} from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, neededAs, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain, qualifiedName } from "#api/meta/names.ts";

const MAX_PRECEDENCE = 10_000;
const VERBS: readonly string[] = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const NON_RESOURCE_VERBS: readonly string[] = ["connect", "delete", "get", "head", "options", "patch", "post", "put", "trace"];
const SUBJECTS: readonly string[] = ["Group", "ServiceAccount", "User"];
const FIELD_OF: { readonly [kind: string]: "user" | "group" | "serviceAccount" } = {
  User: "user",
  Group: "group",
  ServiceAccount: "serviceAccount",
};

/** A list with items, `*` alone. */
function* checkWild(path: string, list: readonly string[] | undefined, what = ""): Check {
  const words = list ?? [];
  if (words.length === 0) yield required(path);
  if (words.length > 1 && words.includes("*")) yield invalidValue(path, words, `if '*' is present, must not specify other ${what}`);
}

function* checkVerbs(path: string, verbs: readonly string[] | undefined, known: readonly string[]): Check {
  yield* checkWild(path, verbs, "verbs");
  const unknown = (verbs ?? []).filter((verb) => verb !== "*" && !known.includes(verb));
  if (unknown.length > 0) yield notSupported(path, verbs, [...known, "*"]);
}

function* checkResourceRule(path: string, rule: V1ResourcePolicyRule): Check {
  yield* checkVerbs(`${path}.verbs`, rule.verbs, VERBS);
  yield* checkWild(`${path}.apiGroups`, rule.apiGroups, "api groups");
  yield* checkWild(`${path}.resources`, rule.resources, "resources");
  const { namespaces = [], clusterScope = false } = rule;
  if (namespaces.length === 0 && !clusterScope) {
    yield required(`${path}.namespaces`, "resource rules that are not cluster scoped must supply at least one namespace");
  } else if (namespaces.length > 1 && namespaces.includes("*")) {
    yield invalidValue(`${path}.namespaces`, namespaces, "if '*' is present, must not specify other namespaces");
  }
  for (const [name, at] of each(`${path}.namespaces`, namespaces)) {
    const reasons = name === "*" ? [] : dns1123Label(name);
    if (reasons.length > 0) yield invalidValue(at, name, `nor is it a valid namespace name: ${reasons.join(", ")}`);
  }
}

const urlErrors = (url: string): string | undefined => {
  if (url.length === 0) return "must not be empty";
  if (url === "*" || url === "/") return undefined;
  if (url.includes(" ")) return "must not contain white-space";
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes("//")) return "must not contain double slash";
  if (/\*./.test(url)) return "wildcard can only do suffix matching";
  return url.endsWith("*") && !url.endsWith("/*") ? "wildcard can only do suffix matching" : undefined;
};

function* checkUrlRule(path: string, rule: V1NonResourcePolicyRule): Check {
  yield* checkVerbs(`${path}.verbs`, rule.verbs, NON_RESOURCE_VERBS);
  yield* checkWild(`${path}.nonResourceURLs`, rule.nonResourceURLs, "non-resource URLs");
  for (const [url, at] of each(`${path}.nonResourceURLs`, rule.nonResourceURLs)) {
    const reason = urlErrors(url);
    if (reason !== undefined) yield invalidValue(at, url, reason);
  }
}

function* checkAccount(path: string, { name, namespace }: { readonly name?: string; readonly namespace?: string }): Check {
  yield* needed(`${path}.name`, name);
  if (!isEmpty(name) && name !== "*") yield* broken(`${path}.name`, name, dns1123Subdomain(name));
  yield* neededAs(`${path}.namespace`, namespace, dns1123Label);
}

function* checkSubject(path: string, subject: FlowcontrolV1Subject): Check {
  const own = FIELD_OF[subject.kind];
  if (own === undefined) yield notSupported(`${path}.kind`, subject.kind ?? "", SUBJECTS);
  else yield* checkSubjectOf(path, subject, own);
}

function* checkSubjectOf(path: string, subject: FlowcontrolV1Subject, own: "user" | "group" | "serviceAccount"): Check {
  for (const [kind, field] of Object.entries(FIELD_OF)) {
    if (field !== own && subject[field] !== undefined)
      yield forbiddenField(`${path}.${field}`, `${field} is forbidden when subject kind is not '${kind}'`);
  }
  if (subject[own] === undefined) yield required(`${path}.${own}`, `${own} is required when subject kind is '${subject.kind}'`);
  else if (own === "serviceAccount") yield* checkAccount(`${path}.${own}`, subject[own]);
  else yield* needed(`${path}.${own}.name`, subject[own].name);
}

function* checkRule(path: string, rule: V1PolicyRulesWithSubjects): Check {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) yield required(`${path}.subjects`, "subjects must contain at least one value");
  for (const [subject, at] of each(`${path}.subjects`, subjects)) yield* checkSubject(at, subject);
  if (resourceRules.length + nonResourceRules.length === 0) {
    yield required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
  }
  for (const [one, at] of each(`${path}.resourceRules`, resourceRules)) yield* checkResourceRule(at, one);
  for (const [one, at] of each(`${path}.nonResourceRules`, nonResourceRules)) yield* checkUrlRule(at, one);
}

/** Levels and schemas have conditions of types that are names, each once. */
export function* checkFlowConditions(conditions: readonly { readonly type?: string | undefined }[] | undefined): Check {
  const types = new Set<string>();
  for (const [{ type = "" }, at] of each("status.conditions", conditions)) {
    if (type === "") yield required(`${at}.type`);
    else yield* broken(`${at}.type`, type, qualifiedName(type));
    if (types.has(type)) yield duplicate(`${at}.type`, type);
    types.add(type);
  }
}

function* checkPrecedence(name: string, precedence: number): Check {
  const path = "spec.matchingPrecedence";
  if (precedence <= 0) yield invalidValue(path, precedence, "must be a positive value");
  if (precedence > MAX_PRECEDENCE) yield invalidValue(path, precedence, `must not be greater than ${MAX_PRECEDENCE}`);
  if (precedence === 1 && name !== "exempt")
    yield invalidValue(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
}

/** A FlowSchema. */
export function* checkFlowSchema({ metadata, spec: given }: V1FlowSchema): Check {
  const spec = (given ?? {}) as Partial<V1FlowSchemaSpec>;
  yield* checkPrecedence(metadata?.name ?? "", spec.matchingPrecedence ?? 0);
  const method = spec.distinguisherMethod;
  if (method !== undefined) yield* oneOf("spec.distinguisherMethod.type", method.type ?? "", ["ByNamespace", "ByUser"]);
  const level = spec.priorityLevelConfiguration?.name;
  if (isEmpty(level)) yield required("spec.priorityLevelConfiguration.name", "must reference a priority level");
  else yield* broken("spec.priorityLevelConfiguration.name", level, dns1123Subdomain(level));
  for (const [rule, at] of each("spec.rules", spec.rules)) yield* checkRule(at, rule);
}
