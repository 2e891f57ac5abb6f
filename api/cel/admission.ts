// The variables of expressions in admission: policies and the match conditions of webhooks.
// upstream: apiserver/pkg/admission/plugin/cel/compile.go, apiserver/pkg/admission/plugin/webhook/matchconditions/matcher.go
import type { V1MatchCondition } from "../generated/types.ts";
import { AUTHORIZER, RESOURCE_CHECK } from "./library/authorizer.ts";
import { MATCH_CONDITIONS_BUDGET } from "./meter.ts";
import { compile, CompileError, evaluate, type Environment, type Program } from "./program.ts";
import type { Activation } from "./run.ts";
import { BOOL, DYN, listOf, mapOf, objectOf, STRING, TIMESTAMP, INT, type Type } from "./types.ts";

const GROUP_VERSION_KIND = objectOf("kubernetes.GroupVersionKind", { group: STRING, version: STRING, kind: STRING });
const GROUP_VERSION_RESOURCE = objectOf("kubernetes.GroupVersionResource", { group: STRING, version: STRING, resource: STRING });
const USER_INFO = objectOf("kubernetes.UserInfo", {
  username: STRING,
  uid: STRING,
  groups: listOf(STRING),
  extra: mapOf(STRING, listOf(STRING)),
});

const REQUEST = objectOf("kubernetes.AdmissionRequest", {
  kind: GROUP_VERSION_KIND,
  resource: GROUP_VERSION_RESOURCE,
  subResource: STRING,
  requestKind: GROUP_VERSION_KIND,
  requestResource: GROUP_VERSION_RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: USER_INFO,
  dryRun: BOOL,
  options: DYN,
});

const NAMESPACE = objectOf("kubernetes.Namespace", {
  metadata: objectOf("kubernetes.NamespaceMetadata", {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING, STRING),
    annotations: mapOf(STRING, STRING),
    uid: STRING,
    creationTimestamp: TIMESTAMP,
    deletionGracePeriodSeconds: INT,
    deletionTimestamp: TIMESTAMP,
    generation: INT,
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  }),
  spec: objectOf("kubernetes.NamespaceSpec", { finalizers: listOf(STRING) }),
  status: objectOf("kubernetes.NamespaceStatus", { phase: STRING }),
});

/** What an expression of a policy may name beside the request. */
export type Names = {
  /** What `params` is; undefined: the policy has none. */
  readonly params?: Type | undefined;
  readonly authorizer?: boolean;
  /** The policy's own variables; undefined: it can have none. */
  readonly variables?: ReadonlyMap<string, Type> | undefined;
  /** What `object` and `oldObject` are; undefined: nobody knows before the request. */
  readonly object?: Type | undefined;
};

/** `Object{…}` and `JSONPatch{…}`, which mutations make. upstream: apiserver/pkg/cel/mutation/typeresolver.go */
const STRUCTS = (name: string): Type | undefined => {
  if (name === "JSONPatch") return JSON_PATCH;
  return /^Object(\.|$)/.test(name) ? { is: "object", name, field: () => DYN } : undefined;
};

const JSON_PATCH = objectOf("JSONPatch", { op: STRING, path: STRING, from: STRING, value: DYN });

/** The types that mutations have to be of. */
export const APPLY_CONFIGURATION: Type = { is: "object", name: "Object", field: () => DYN };
export const JSON_PATCHES = listOf(JSON_PATCH);

/** What expressions about a request may name. */
export const admissionEnvironment = ({ params, authorizer = false, variables, object = DYN }: Names): Environment => ({
  variables: new Map<string, Type>([
    ["object", object],
    ["oldObject", object],
    ["request", REQUEST],
    ["namespaceObject", NAMESPACE],
    ...(params === undefined ? [] : ([["params", params]] as const)),
    ...(authorizer
      ? ([
          ["authorizer", AUTHORIZER],
          ["authorizer.requestResource", RESOURCE_CHECK],
        ] as const)
      : []),
    ...(variables === undefined ? [] : ([["variables", objectOf("kubernetes.variables", Object.fromEntries(variables))]] as const)),
  ]),
  structs: STRUCTS,
});

/** A condition that is ready to be asked. */
export type MatchCondition = { readonly name: string; readonly program: Program | CompileError };

const WITHOUT_PARAMS = admissionEnvironment({ authorizer: true });
const WITH_PARAMS = admissionEnvironment({ authorizer: true, params: DYN });

/** What match conditions may name: a webhook's, or a policy's that has parameters or none. */
export const conditionEnvironment = (hasParams: boolean): Environment => (hasParams ? WITH_PARAMS : WITHOUT_PARAMS);

/** Compiles the conditions of a webhook, or of a policy that has parameters or none. */
export const compileMatchConditions = (conditions: readonly V1MatchCondition[] | undefined, hasParams = false): readonly MatchCondition[] =>
  (conditions ?? []).map(({ name, expression }) => ({ name, program: compile(expression, conditionEnvironment(hasParams), [BOOL]) }));

/** Whether all conditions hold. One that is false decides, even when others fail. `error`: none is false, and one failed. */
export const meetsConditions = (conditions: readonly MatchCondition[], activation: Activation): boolean | { readonly error: string } => {
  let left = MATCH_CONDITIONS_BUDGET;
  let error: string | undefined;
  for (const { name, program } of conditions) {
    if (program instanceof CompileError) error ??= `match condition '${name}': ${program.message}`;
    else {
      const outcome = evaluate(program, activation, left);
      left -= outcome.cost;
      if ("error" in outcome) error ??= `expression '${program.text}' resulted in error: ${outcome.error.message}`;
      else if (outcome.value === false) return false;
    }
  }
  return error === undefined ? true : { error };
};
