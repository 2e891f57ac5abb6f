// MutatingAdmissionPolicy: expressions complete the object, one after the other; each sees what those before it made.
// upstream: apiserver/pkg/admission/plugin/policy/mutating/dispatcher.go
import { policyEnvironment } from "#api/admissionregistration/v1/expressions.ts";
import { mutatingAdmissionPolicies, type MutatingAdmissionPolicy } from "#api/admissionregistration/v1/mutating-admission-policy.ts";
import { mutatingAdmissionPolicyBindings } from "#api/admissionregistration/v1/mutating-admission-policy-binding.ts";
import { APPLY_CONFIGURATION, JSON_PATCHES } from "#api/cel/admission.ts";
import { compile } from "#api/cel/program.ts";
import type { Value } from "#api/cel/values.ts";
import type { Kind } from "#api/kind.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { JsonObject } from "#api/meta/json.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { failure, type ApiError } from "#api/meta/status.ts";
import type { Attributes, Plugin, Surroundings, Verdict } from "../plugin.ts";
import { overwrite } from "../webhooks/mutating.ts";
import { isExempt } from "../webhooks/rules.ts";
import type { Evaluation } from "./activation.ts";
import { once, type Compiled } from "./compiled.ts";
import { turns, type Turn } from "./dispatch.ts";
import { errorTypeOf } from "./errors.ts";
import { applyConfiguration, applyJsonPatch, MutationFault } from "./mutation.ts";

const NAME = "MutatingAdmissionPolicy";

type Change = {
  readonly program: Compiled;
  readonly expression: string;
  readonly apply: (object: JsonObject, value: Value, kind: Kind) => JsonObject;
};

const changesOf = (policy: MutatingAdmissionPolicy): readonly Change[] =>
  once(policy, () => {
    const spec = policy.spec ?? {};
    const environment = policyEnvironment(spec);
    return (spec.mutations ?? []).map(({ patchType, jsonPatch, applyConfiguration: config }): Change => {
      const isPatch = patchType === "JSONPatch";
      const expression = (isPatch ? jsonPatch : config)?.expression ?? "";
      const program = compile(expression, environment, [isPatch ? JSON_PATCHES : APPLY_CONFIGURATION]);
      return { expression, program, apply: isPatch ? applyJsonPatch : applyConfiguration };
    });
  });

const admit = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  if (isExempt(attributes.kind) || attributes.object === undefined) return undefined;
  const policies = [...around.list(mutatingAdmissionPolicies)];
  return policies.length === 0 ? undefined : mutateBy(policies, attributes, around);
};

const mutateBy = async (policies: readonly MutatingAdmissionPolicy[], attributes: Attributes, around: Surroundings): Promise<Verdict> => {
  const { reinvocation } = around;
  const round = reinvocation.of(NAME);
  if (reinvocation.isSecond) round.begin(attributes.object);
  const bindings = around.list(mutatingAdmissionPolicyBindings);
  for await (const turn of turns({ policies, bindings, type: "admit" }, attributes, around)) {
    const id = `${turn.policy.name}/${turn.binding.name}`;
    if (reinvocation.isSecond && !round.isWanted(id)) continue;
    const changed = await changedBy(turn, attributes, around);
    if (changed instanceof Error) return changed;
    if (changed) {
      round.changed();
      reinvocation.want();
    }
    if (turn.source.spec?.reinvocationPolicy === "IfNeeded") round.asked(id);
  }
  round.end(attributes.object);
  return undefined;
};

/** True: the object was changed. An error: the policy fails, and wants failures to count. */
const changedBy = async (
  turn: Turn<MutatingAdmissionPolicy>,
  attributes: Attributes,
  around: Surroundings,
): Promise<boolean | ApiError> => {
  const next = turn.evaluation === undefined ? new MutationFault(turn.fault) : changed(turn.evaluation, turn, around);
  if (next instanceof MutationFault) return turn.policy.spec.failurePolicy === "Ignore" ? false : refusal(turn, next.message);
  const { kind, evaluation } = turn;
  if (attributes.object === undefined || deepEqual(next, evaluation?.object)) return false;
  overwrite(attributes.object, kind === attributes.kind ? next : await around.convert(next, kind, attributes.kind), around);
  return true;
};

/** The object after all of the policy's mutations. */
const changed = (
  evaluation: Evaluation,
  { source, kind, policy, binding }: Turn<MutatingAdmissionPolicy>,
  around: Surroundings,
): KubeObject | MutationFault => {
  let object: KubeObject = evaluation.object ?? {};
  for (const { program, expression, apply } of changesOf(source)) {
    const beganAt = around.now();
    const outcome = evaluation.about(object).run(program);
    const error_type = "error" in outcome ? errorTypeOf(program, outcome.error) : "no_error";
    around.metrics.expressions.mutated({ policy: policy.name, policy_binding: binding.name, error_type }, around.now() - beganAt);
    if ("error" in outcome) return new MutationFault(`expression '${expression}' resulted in error: ${outcome.error.message}`);
    try {
      object = around.complete(apply(object, outcome.value, kind), kind);
    } catch (error) {
      if (error instanceof MutationFault) return error;
      throw error;
    }
  }
  return object;
};

/** upstream: policy_dispatcher.go, the error of a policy with failurePolicy Fail */
const refusal = ({ policy, binding }: Turn<MutatingAdmissionPolicy>, why: string): ApiError =>
  failure("Invalid", `policy '${policy.name}' with binding '${binding.name}' denied request: ${why}`);

export const mutatingAdmissionPolicy: Plugin = { name: NAME, connects: true, admit };
