// Whether a rule of a Role allows a request. upstream: pkg/apis/rbac/v1/evaluation_helpers.go
import type { V1PolicyRule } from "#api/generated/types.ts";
import type { Attributes, PathAttributes, ResourceAttributes } from "../authorizer.ts";

export type PolicyRule = V1PolicyRule;

const ALL = "*";

/** Whether one of the rules allows it. */
export const rulesAllow = (rules: readonly PolicyRule[], attributes: Attributes): boolean =>
  rules.some((rule) => ruleAllows(rule, attributes));

/** Whether the rule allows it. */
export const ruleAllows = (rule: PolicyRule, attributes: Attributes): boolean =>
  holds(rule.verbs, attributes.verb) && ("path" in attributes ? pathAllowed(rule, attributes) : resourceAllowed(rule, attributes));

/** Whether the list names `value`, or all values. */
export const holds = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes(value) || list.includes(ALL));

const pathAllowed = ({ nonResourceURLs = [] }: PolicyRule, { path }: PathAttributes): boolean =>
  nonResourceURLs.some((url) => urlCovers(url, path));

/** Whether a rule's URL, which may end in `*`, covers a path. */
export const urlCovers = (url: string, path: string): boolean =>
  url === ALL || url === path || (url.endsWith(ALL) && path.startsWith(url.replace(/\*+$/, "")));

const resourceAllowed = (rule: PolicyRule, { group, resource, subresource = "", name = "" }: ResourceAttributes): boolean => {
  if (!holds(rule.apiGroups, group) || !resourcesHold(rule.resources ?? [], resource, subresource)) return false;
  const { resourceNames = [] } = rule;
  return resourceNames.length === 0 || resourceNames.includes(name);
};

/** Whether a rule's resources name this one: by itself, as `resource/sub`, as `*\/sub`, or by `*`. */
export const resourcesHold = (resources: readonly string[], resource: string, subresource: string): boolean => {
  if (subresource === "") return holds(resources, resource);
  return holds(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
};
