// PodSecurity of Namespaces: their labels can be read, and whoever makes one stricter is told which of its pods would not be
// allowed any more. upstream: pod-security-admission/admission/admission.go ValidateNamespace, EvaluatePodsInNamespace
import type { V1Pod } from "#api/generated/types.ts";
import { pods } from "#api/core/v1/pod.ts";
import { controllerOf, type KubeObject } from "#api/meta/object.ts";
import { invalid } from "#api/meta/status.ts";
import { reasonText, violationsOf } from "#api/pod-security/evaluate.ts";
import {
  isEquivalent,
  isLabelled,
  isPrivileged,
  levelText,
  mayAskMore,
  MODES,
  policyErrors,
  policyOf,
  type LevelVersion,
  type Policy,
} from "#api/pod-security/policy.ts";
import type { Attributes, Surroundings, Verdict } from "../plugin.ts";

/** How many pods are looked at when a namespace becomes stricter. upstream: defaultNamespaceMaxPodsToCheck */
const MAX_PODS = 3_000;

/** Of the pods of one owner the first is looked at. */
const samples = (namespace: string, around: Surroundings): readonly V1Pod[] => {
  const byOwner = new Map<string, V1Pod>();
  for (const pod of around.list(pods, namespace)) {
    const owner = controllerOf(pod)?.uid ?? pod.metadata?.uid ?? "";
    if (!byOwner.has(owner)) byOwner.set(owner, pod);
    if (byOwner.size >= MAX_PODS) break;
  }
  return [...byOwner.values()];
};

const reasonsOf = ({ metadata, spec }: V1Pod, level: LevelVersion): string =>
  spec === undefined ? "" : reasonText(violationsOf({ metadata, spec }, level));

/** `a (and 2 other pods): privileged` */
const violatorsText = (names: readonly string[], reasons: string): string => {
  const others = names.length - 1;
  const more = others === 0 ? "" : ` (and ${others} other ${others === 1 ? "pod" : "pods"})`;
  return `${names[0] ?? ""}${more}: ${reasons}`;
};

/** The pods that violate a level, by why. */
const violators = (namespace: string, level: LevelVersion, around: Surroundings): ReadonlyMap<string, readonly string[]> => {
  const { runtimeClasses: exempt } = around.podSecurity.exemptions;
  const byReasons = new Map<string, readonly string[]>();
  for (const pod of samples(namespace, around)) {
    const reasons = exempt.includes(pod.spec?.runtimeClassName ?? "") ? "" : reasonsOf(pod, level);
    if (reasons !== "") byReasons.set(reasons, [...(byReasons.get(reasons) ?? []), pod.metadata?.name ?? ""]);
  }
  return byReasons;
};

const warnOfPods = (namespace: string, level: LevelVersion, around: Surroundings): void => {
  const byReasons = violators(namespace, level, around);
  if (byReasons.size === 0) return;
  around.warn(
    `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(levelText(level))}`,
  );
  for (const text of [...byReasons].map(([reasons, names]) => violatorsText(names, reasons)).toSorted()) around.warn(text);
};

/** Labels of an exempt namespace mean nothing, which whoever writes them may not know. */
const warnOfExemption = ({ metadata }: KubeObject, policy: Policy, around: Surroundings): void => {
  if (isPrivileged(policy) || isEquivalent(policy, around.podSecurity.defaults)) return;
  const said = MODES.filter((mode) => policy[mode].level !== "privileged" && isLabelled(metadata?.labels, mode));
  const text = said.map((mode) => `${mode}=${levelText(policy[mode])}`).join(", ");
  around.warn(`namespace ${JSON.stringify(metadata?.name)} is exempt from Pod Security, and the policy (${text}) will be ignored`);
};

const labelsOf = (object: KubeObject | undefined) => object?.metadata?.labels;

/** Refuses labels that cannot be read, but those that were there before. */
export const judgeNamespace = ({ object = {}, old, name }: Attributes, around: Surroundings): Verdict => {
  const errors = policyErrors(labelsOf(object));
  const own = object.metadata?.name ?? name;
  if (errors.length > policyErrors(labelsOf(old)).length) return invalid({ group: "", kind: "Namespace", name: own }, errors);
  const { defaults, exemptions } = around.podSecurity;
  const policy = policyOf(labelsOf(object), defaults);
  const before = old && policyOf(labelsOf(old), defaults);
  if (before !== undefined && !mayAskMore(policy.enforce, before.enforce)) return undefined;
  if (exemptions.namespaces.includes(own)) warnOfExemption(object, policy, around);
  else if (before !== undefined) warnOfPods(own, policy.enforce, around);
  return undefined;
};
