// Which flow schema a request belongs to, and which flow within it.
// upstream: apiserver/pkg/util/flowcontrol/rule.go
import type {
  FlowcontrolV1Subject,
  V1NonResourcePolicyRule,
  V1PolicyRulesWithSubjects,
  V1ResourcePolicyRule,
  V1ServiceAccountSubject,
} from "#api/generated/types.ts";
import type { FlowSchema } from "#api/flowcontrol/v1/flow-schema.ts";
import type { User } from "#lib/api.ts";
import type { Attributes, PathAttributes, ResourceAttributes } from "../authorizer.ts";
import { holds } from "../authz/rules.ts";

const SERVICE_ACCOUNT = "system:serviceaccount:";

/** Whether the schema is for this request. */
export const schemaMatches = ({ spec }: FlowSchema, who: User, attributes: Attributes): boolean =>
  (spec?.rules ?? []).some((rule) => ruleMatches(rule, who, attributes));

const ruleMatches = (
  { subjects, resourceRules = [], nonResourceRules = [] }: V1PolicyRulesWithSubjects,
  who: User,
  attributes: Attributes,
): boolean =>
  subjects.some((subject) => isSubject(subject, who)) &&
  ("path" in attributes
    ? nonResourceRules.some((rule) => pathMatches(rule, attributes))
    : resourceRules.some((rule) => resourceMatches(rule, attributes)));

const isSubject = (subject: FlowcontrolV1Subject, { name, groups }: User): boolean => {
  const { kind, user, group, serviceAccount } = subject;
  if (kind === "User") return user !== undefined && ["*", name].includes(user.name);
  if (kind === "Group") return group !== undefined && (group.name === "*" || groups.includes(group.name));
  return serviceAccount !== undefined && isAccount(serviceAccount, name);
};

const isAccount = (account: V1ServiceAccountSubject, name: string): boolean => {
  if (!name.startsWith(SERVICE_ACCOUNT)) return false;
  const [namespace, own] = name.slice(SERVICE_ACCOUNT.length).split(":");
  return namespace === account.namespace && (account.name === "*" || account.name === own);
};

const resourceMatches = (rule: V1ResourcePolicyRule, attributes: ResourceAttributes): boolean => {
  const { verb, group, resource, subresource = "", namespace = "" } = attributes;
  const inScope = namespace === "" ? rule.clusterScope === true : holds(rule.namespaces, namespace);
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  return inScope && holds(rule.verbs, verb) && holds(rule.apiGroups, group) && holds(rule.resources, what);
};

const pathMatches = ({ verbs, nonResourceURLs }: V1NonResourcePolicyRule, { verb, path }: PathAttributes): boolean =>
  holds(verbs, verb) &&
  nonResourceURLs.some((url) => url === "*" || url === path || (url.endsWith("/*") && path.startsWith(url.slice(0, -1))));

/** What tells the flows of a schema apart: the user, the namespace, or nothing. */
export const distinguisherOf = ({ spec }: FlowSchema, { name }: User, attributes: Attributes): string => {
  const by = spec?.distinguisherMethod?.type;
  if (by === "ByUser") return name;
  return by === "ByNamespace" && !("path" in attributes) ? (attributes.namespace ?? "") : "";
};

const precedenceOf = ({ spec }: FlowSchema): number => spec?.matchingPrecedence ?? 1_000;

/** In the order in which schemas are tried: equal precedences by name. */
export const bySchemaOrder = (a: FlowSchema, b: FlowSchema): number =>
  precedenceOf(a) - precedenceOf(b) || ((a.metadata?.name ?? "") < (b.metadata?.name ?? "") ? -1 : 1);
