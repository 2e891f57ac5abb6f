// What of each request is written down: the first rule of the policy that matches says how much. Pure.
// upstream: apiserver/pkg/audit/policy/checker.go, apiserver/pkg/apis/audit/validation
import { parse } from "yaml";
import type { User } from "#lib/api.ts";
import type { Attributes, ResourceAttributes } from "../authorizer.ts";

const LEVELS = ["None", "Metadata", "Request", "RequestResponse"] as const;
const STAGES = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"] as const;

export type Level = (typeof LEVELS)[number];
export type Stage = (typeof STAGES)[number];

/** Whether what is written at a level holds what is written at `least`. */
export const includes = (level: Level, least: Level): boolean => LEVELS.indexOf(level) >= LEVELS.indexOf(least);

type GroupResources = { readonly group?: string; readonly resources?: readonly string[]; readonly resourceNames?: readonly string[] };

type Rule = {
  readonly level: Level;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly GroupResources[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
};

export type AuditPolicy = {
  readonly rules: readonly Rule[];
  readonly omitStages?: readonly Stage[];
  readonly omitManagedFields?: boolean;
};

/** What is written of one request. */
export type Scope = { readonly level: Level; readonly omitStages: readonly Stage[]; readonly omitManagedFields: boolean };

/** The policy of a file. Throws: an Error that says what is wrong with it. */
export const parsePolicy = (text: string): AuditPolicy => {
  const policy = parse(text) as Partial<AuditPolicy & { readonly apiVersion: string; readonly kind: string }> | null;
  if (policy?.apiVersion !== "audit.k8s.io/v1" || policy.kind !== "Policy") {
    throw new Error('an audit policy is an object of apiVersion "audit.k8s.io/v1" and kind "Policy"');
  }
  const { rules = [], omitStages = [] } = policy;
  if (!Array.isArray(rules) || rules.length === 0) throw new Error("loaded illegal policy with 0 rules");
  for (const [at, rule] of (rules as readonly Rule[]).entries()) checkRule(rule, `rules[${at}]`);
  checkStages(omitStages, "omitStages");
  return { ...policy, rules };
};

const checkRule = (rule: Rule, path: string): void => {
  if (!LEVELS.includes(rule.level)) throw new Error(`${path}.level: Unsupported value: ${JSON.stringify(rule.level)}`);
  checkStages(rule.omitStages ?? [], `${path}.omitStages`);
  if (isSome(rule.nonResourceURLs) && (isSome(rule.resources) || isSome(rule.namespaces))) {
    throw new Error(`${path}.nonResourceURLs: Invalid value: rules cannot apply to both regular resources and non-resource URLs`);
  }
};

const checkStages = (stages: readonly Stage[], path: string): void => {
  for (const stage of stages)
    if (!STAGES.includes(stage))
      throw new Error(`${path}: Invalid value: ${JSON.stringify(stage)}: allowed stages are ${STAGES.join(",")}`);
};

const isSome = (list: readonly unknown[] | undefined): list is readonly unknown[] => list !== undefined && list.length > 0;

const NOBODY: User = { name: "", groups: [] };

/** What the policy says of a request; without a rule for it, nothing is written. No rule about users is about nobody. */
export const scopeOf = (policy: AuditPolicy, user: User | undefined, attributes: Attributes): Scope => {
  const rule = policy.rules.find((one) => matches(one, user ?? NOBODY, attributes));
  return {
    level: rule?.level ?? "None",
    omitStages: [...(policy.omitStages ?? []), ...(rule?.omitStages ?? [])],
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields ?? false,
  };
};

const among = (list: readonly string[] | undefined, ...values: readonly string[]): boolean =>
  !isSome(list) || values.some((value) => list.includes(value));

const matches = (rule: Rule, user: User, attributes: Attributes): boolean => {
  if (!among(rule.users, user.name) || !among(rule.userGroups, ...user.groups) || !among(rule.verbs, attributes.verb)) return false;
  if (isSome(rule.resources) || isSome(rule.namespaces)) return !("path" in attributes) && resourceMatches(rule, attributes);
  if (isSome(rule.nonResourceURLs)) return "path" in attributes && rule.nonResourceURLs.some((url) => pathMatches(url, attributes.path));
  return true;
};

const pathMatches = (url: string, path: string): boolean => url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));

const resourceMatches = ({ namespaces, resources = [] }: Rule, attributes: ResourceAttributes): boolean => {
  if (!among(namespaces, attributes.namespace ?? "")) return false;
  return resources.length === 0 || resources.some((one) => isOneOf(one, attributes));
};

const isOneOf = ({ group: of = "", resources, resourceNames }: GroupResources, attributes: ResourceAttributes): boolean => {
  const { group, resource, subresource = "", name = "" } = attributes;
  if (of !== group) return false;
  if (!isSome(resources)) return true;
  if (!among(resourceNames, name)) return false;
  const names = subresource === "" ? ["*", resource] : ["*", `${resource}/${subresource}`, `*/${subresource}`, `${resource}/*`];
  return resources.some((one) => names.includes(one));
};
