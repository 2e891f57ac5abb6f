// Whether rules that somebody has cover rules that they want to grant: each wanted rule is broken into its smallest parts,
// and each part must be allowed by a single rule held. upstream: component-helpers/auth/rbac/validation/policy_comparator.go
import { holds, resourcesHold, urlCovers, type PolicyRule } from "./rules.ts";

/** The smallest parts of the wanted rules that no held rule covers. */
export const uncovered = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] =>
  wanted.flatMap(broken).filter((part) => !held.some((rule) => covers(rule, part)));

const broken = ({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [], verbs }: PolicyRule): PolicyRule[] => {
  const names = resourceNames.length === 0 ? [undefined] : resourceNames;
  const ofResources = apiGroups.flatMap((group) =>
    resources.flatMap((resource) => verbs.flatMap((verb) => names.map((name) => part(verb, { group, resource, name })))),
  );
  return [...ofResources, ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] })))];
};

const part = (verb: string, of: { readonly group: string; readonly resource: string; readonly name: string | undefined }): PolicyRule => ({
  apiGroups: [of.group],
  resources: [of.resource],
  ...(of.name === undefined ? {} : { resourceNames: [of.name] }),
  verbs: [verb],
});

const all = <T>(wanted: readonly T[] | undefined, covered: (one: T) => boolean): boolean => (wanted ?? []).every(covered);

const covers = (held: PolicyRule, wanted: PolicyRule): boolean =>
  all(wanted.verbs, (verb) => holds(held.verbs, verb)) &&
  all(wanted.apiGroups, (group) => holds(held.apiGroups, group)) &&
  all(wanted.resources, (resource) => resourceCovered(held, resource)) &&
  namesCovered(held, wanted) &&
  all(wanted.nonResourceURLs, (url) => (held.nonResourceURLs ?? []).some((own) => urlCovers(own, url)));

const resourceCovered = ({ resources = [] }: PolicyRule, wanted: string): boolean => {
  const [resource = "", ...subresource] = wanted.split("/");
  return resourcesHold(resources, resource, subresource.join("/"));
};

/** A rule without names is for all; one with names is covered by those names only. */
const namesCovered = (held: PolicyRule, wanted: PolicyRule): boolean => {
  const own = held.resourceNames ?? [];
  if (own.length === 0) return true;
  return (wanted.resourceNames ?? []).length > 0 && all(wanted.resourceNames, (name) => own.includes(name));
};

/** Rules of one resource each, with their verbs joined where all else is the same. upstream: pkg/registry/rbac/validation/policy_compact.go */
export const compacted = (rules: readonly PolicyRule[]): readonly PolicyRule[] => {
  const joined = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const key = JSON.stringify({ ...rule, verbs: [] });
    joined.set(key, { ...rule, verbs: [...(joined.get(key)?.verbs ?? []), ...rule.verbs] });
  }
  return [...joined.values()];
};

/** A list of texts as Go prints it with %q. */
export const quoted = (list: readonly string[]): string => `[${list.map((text) => JSON.stringify(text)).join(" ")}]`;

/** A rule on one line. upstream: pkg/apis/rbac/v1/helpers.go CompactString */
export const ruleText = (rule: PolicyRule): string => {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["APIGroups", rule.apiGroups],
    ["Resources", rule.resources],
    ["NonResourceURLs", rule.nonResourceURLs],
    ["ResourceNames", rule.resourceNames],
    ["Verbs", rule.verbs],
  ];
  return `{${parts.flatMap(([name, list = []]) => (list.length === 0 ? [] : [`${name}:${quoted(list)}`])).join(", ")}}`;
};
