// PodSecurity: pods are as safe as the labels of their namespace ask. What makes pods is only warned of.
// upstream: pod-security-admission/admission/admission.go
import type { V1CronJob, V1Deployment, V1Pod, V1PodTemplate, V1PodTemplateSpec } from "#api/generated/types.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import { pods } from "#api/core/v1/pod.ts";
import { controllerOf, type KubeObject } from "#api/meta/object.ts";
import { invalid } from "#api/meta/status.ts";
import type { PodLike } from "#api/pod-security/check.ts";
import { detailText, reasonText, violationsOf } from "#api/pod-security/evaluate.ts";
import { mayAskMore, levelText, policyErrors, policyOf, type LevelVersion, type Policy } from "#api/pod-security/policy.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "./plugin.ts";

/** How many pods are looked at when a namespace becomes stricter. upstream: defaultNamespaceMaxPodsToCheck */
const MAX_PODS = 3_000;

const policyIn = (namespace: string, around: Surroundings): Policy => policyOf(around.find(namespaces, "", namespace)?.metadata?.labels);

/** What a pod violates, told; undefined: nothing. */
const violated = (pod: PodLike, level: LevelVersion): string | undefined => {
  const violations = violationsOf(pod, level);
  return violations.length === 0 ? undefined : `PodSecurity ${JSON.stringify(levelText(level))}: ${detailText(violations)}`;
};

const warn = (pod: PodLike, { warn: level }: Policy, around: Surroundings): undefined => {
  const text = violated(pod, level);
  if (text !== undefined) around.warn(`would violate ${text}`);
};

const judgePod = (attributes: Attributes, around: Surroundings): Verdict => {
  const { spec, metadata } = attributes.object as V1Pod;
  if (spec === undefined) return undefined;
  const policy = policyIn(attributes.namespace, around);
  const pod = { metadata, spec };
  const text = violated(pod, policy.enforce);
  return text === undefined ? warn(pod, policy, around) : refuse(attributes, `violates ${text}`);
};

/** Where a kind that makes pods has their template. */
const TEMPLATES: { readonly [groupResource: string]: (object: never) => V1PodTemplateSpec | undefined } = {
  "/podtemplates": ({ template }: V1PodTemplate) => template,
  "batch/cronjobs": ({ spec }: V1CronJob) => spec?.jobTemplate.spec?.template,
  ...Object.fromEntries(
    ["/replicationcontrollers", "apps/replicasets", "apps/deployments", "apps/statefulsets", "apps/daemonsets", "batch/jobs"].map(
      (name) => [name, ({ spec }: V1Deployment) => spec?.template],
    ),
  ),
};

const judgeTemplate = ({ kind, object, namespace }: Attributes, around: Surroundings): undefined => {
  const { metadata, spec } = TEMPLATES[`${kind.group}/${kind.resource}`]?.(object as never) ?? {};
  if (spec !== undefined) warn({ metadata, spec }, policyIn(namespace, around), around);
};

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

/** `a (and 2 other pods): privileged` */
const violatorsText = (names: readonly string[], reasons: string): string => {
  const others = names.length - 1;
  const more = others === 0 ? "" : ` (and ${others} other ${others === 1 ? "pod" : "pods"})`;
  return `${names[0] ?? ""}${more}: ${reasons}`;
};

const warnOfPods = (namespace: string, level: LevelVersion, around: Surroundings): undefined => {
  const byReasons = new Map<string, string[]>();
  for (const { metadata, spec } of samples(namespace, around)) {
    const reasons = spec === undefined ? "" : reasonText(violationsOf({ metadata, spec }, level));
    if (reasons !== "") byReasons.set(reasons, [...(byReasons.get(reasons) ?? []), metadata?.name ?? ""]);
  }
  if (byReasons.size === 0) return;
  around.warn(
    `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(levelText(level))}`,
  );
  for (const text of [...byReasons].map(([reasons, names]) => violatorsText(names, reasons)).toSorted()) around.warn(text);
};

const labelsOf = (object: KubeObject | undefined) => object?.metadata?.labels;

const judgeNamespace = ({ object, old, name }: Attributes, around: Surroundings): Verdict => {
  const errors = policyErrors(labelsOf(object));
  // labels that were wrong before may stay
  if (errors.length > policyErrors(labelsOf(old)).length)
    return invalid({ group: "", kind: "Namespace", name: object?.metadata?.name ?? name }, errors);
  const [before, after] = [policyOf(labelsOf(old)), policyOf(labelsOf(object))];
  return old !== undefined && mayAskMore(after.enforce, before.enforce) ? warnOfPods(name, after.enforce, around) : undefined;
};

/** A pod's security does not change, but by containers that are put into it. */
const isPodWrite = (attributes: Attributes): boolean =>
  (attributes.operation === "CREATE" && isFor(attributes, pods)) || isFor(attributes, pods, "ephemeralcontainers");

const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  if (attributes.object === undefined) return undefined;
  if (isPodWrite(attributes)) return judgePod(attributes, around);
  if (isFor(attributes, namespaces)) return judgeNamespace(attributes, around);
  return attributes.subresource === "" ? judgeTemplate(attributes, around) : undefined;
};

export const podSecurity: Plugin = { name: "PodSecurity", validate };
