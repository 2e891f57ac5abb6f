// Policies and bindings, with what is read from them once: selectors and programs.
// upstream: apiserver/pkg/admission/plugin/policy/validating/plugin.go compilePolicy
import type {
  V1MatchCondition,
  V1MatchResources,
  V1NamedRuleWithOperations,
  V1ObjectMeta,
  V1ParamKind,
  V1ParamRef,
  V1Variable,
} from "#api/generated/types.ts";
import { policyEnvironment } from "#api/admissionregistration/v1/expressions.ts";
import { compileMatchConditions, type MatchCondition } from "#api/cel/admission.ts";
import { compile, type CompileError, type Program } from "#api/cel/program.ts";
import { selectorOf } from "#api/meta/selector.ts";
import type { Selecting } from "../webhooks/match.ts";

/** What all policies have. */
export type PolicySpec = {
  readonly failurePolicy?: string | undefined;
  readonly matchConstraints?: V1MatchResources | undefined;
  readonly matchConditions?: readonly V1MatchCondition[] | undefined;
  readonly paramKind?: V1ParamKind | undefined;
  readonly variables?: readonly V1Variable[] | undefined;
};

/** What all bindings have. */
export type BindingSpec = {
  readonly policyName?: string | undefined;
  readonly paramRef?: V1ParamRef | undefined;
  readonly matchResources?: V1MatchResources | undefined;
  readonly validationActions?: readonly string[] | undefined;
};

type Named<Spec> = { readonly metadata?: V1ObjectMeta | undefined; readonly spec?: Spec | undefined };
export type AnyPolicy = Named<PolicySpec>;
export type AnyBinding = Named<BindingSpec>;

/** An expression of a policy. */
export type Compiled = Program | CompileError;

/** Which requests constraints are about, and which of them not. */
export type Constraints = { readonly selecting: Selecting; readonly excluded: readonly V1NamedRuleWithOperations[] };

/** A policy that is ready to be asked. */
export type ReadyPolicy = {
  readonly name: string;
  readonly spec: PolicySpec;
  readonly constraints: Constraints;
  readonly conditions: readonly MatchCondition[];
  readonly variables: ReadonlyMap<string, Compiled>;
};

/** Rules that name everything: a binding without any of its own. */
const EVERYTHING: V1NamedRuleWithOperations = { apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*"] };

const constraintsOf = (match: V1MatchResources = {}): Constraints => ({
  selecting: {
    rules: (match.resourceRules ?? []).length === 0 ? [EVERYTHING] : match.resourceRules,
    matchPolicy: match.matchPolicy,
    namespaces: selectorOf(match.namespaceSelector ?? {}),
    objects: selectorOf(match.objectSelector ?? {}),
  },
  excluded: match.excludeResourceRules ?? [],
});

const variablesOf = (spec: PolicySpec): ReadonlyMap<string, Compiled> =>
  new Map(
    (spec.variables ?? []).map(({ name, expression }, at) => [
      name,
      compile(expression, policyEnvironment({ ...spec, variables: spec.variables?.slice(0, at) })),
    ]),
  );

const policies = new WeakMap<AnyPolicy, ReadyPolicy>();

/** The policy, compiled. */
export const readyPolicy = (policy: AnyPolicy): ReadyPolicy => {
  const known = policies.get(policy);
  if (known !== undefined) return known;
  const { spec = {}, metadata } = policy;
  const ready = {
    name: metadata?.name ?? "",
    spec,
    constraints: constraintsOf(spec.matchConstraints),
    conditions: compileMatchConditions(spec.matchConditions, spec.paramKind !== undefined),
    variables: variablesOf(spec),
  };
  policies.set(policy, ready);
  return ready;
};

/** A binding that is ready to be asked. */
export type ReadyBinding = { readonly name: string; readonly spec: BindingSpec; readonly constraints: Constraints };

const bindings = new WeakMap<AnyBinding, ReadyBinding>();

const readyBinding = (binding: AnyBinding): ReadyBinding => {
  const known = bindings.get(binding);
  if (known !== undefined) return known;
  const { metadata, spec = {} } = binding;
  const ready = { name: metadata?.name ?? "", spec, constraints: constraintsOf(spec.matchResources) };
  bindings.set(binding, ready);
  return ready;
};

const byName = (a: { readonly name: string }, b: { readonly name: string }): number => (a.name < b.name ? -1 : 1);

/** The bindings of a policy, in the order of their names. */
export const bindingsOf = ({ name }: ReadyPolicy, all: Iterable<AnyBinding>): readonly ReadyBinding[] =>
  [...all]
    .filter(({ spec }) => spec?.policyName === name)
    .map(readyBinding)
    .toSorted(byName);

const programs = new WeakMap<object, unknown>();

/** What `make` makes of a policy, made once. */
export const once = <T>(policy: AnyPolicy, make: () => T): T => {
  if (!programs.has(policy)) programs.set(policy, make());
  return programs.get(policy) as T;
};
