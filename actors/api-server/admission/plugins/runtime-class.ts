// RuntimeClass: a pod gets the overhead and the place that its runtime needs. upstream: plugin/pkg/admission/runtimeclass/admission.go
import type { V1PodSpec, V1RuntimeClass, V1Toleration } from "#api/generated/types.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Draft } from "#api/meta/object.ts";
import type { Labels } from "#api/meta/selector.ts";
import { runtimeClasses } from "#api/node/v1/runtime-class.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

/** undefined: the pod names none. */
const classOf = (attributes: Attributes, around: Surroundings): V1RuntimeClass | Verdict => {
  const name = (attributes.object as Pod).spec?.runtimeClassName;
  if (name === undefined) return undefined;
  return around.find(runtimeClasses, "", name) ?? refuse(attributes, `pod rejected: RuntimeClass "${name}" not found`);
};

const admit = (attributes: Attributes, around: Surroundings): Verdict => {
  if (attributes.operation !== "CREATE" || !isFor(attributes, pods)) return undefined;
  const { spec } = attributes.object as Draft<Pod>;
  const found = classOf(attributes, around);
  if (found === undefined || spec === undefined || found instanceof Error) return found instanceof Error ? found : undefined;
  const fault = setOverhead(spec, found) ?? setPlace(spec, found);
  return fault === undefined ? undefined : refuse(attributes, fault);
};

const setOverhead = (spec: Draft<V1PodSpec>, { overhead }: V1RuntimeClass): string | undefined => {
  if (overhead?.podFixed === undefined) return undefined;
  if (spec.overhead !== undefined && !deepEqual(spec.overhead, overhead.podFixed)) {
    return "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
  }
  spec.overhead = { ...overhead.podFixed };
  return undefined;
};

const setPlace = (spec: Draft<V1PodSpec>, { scheduling }: V1RuntimeClass): string | undefined => {
  const { nodeSelector = {}, tolerations = [] } = scheduling ?? {};
  const fault = conflictOf(spec.nodeSelector ?? {}, nodeSelector);
  if (fault !== undefined) return fault;
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const added = tolerations.filter((toleration) => spec.tolerations?.some((own) => deepEqual(own, toleration)) !== true);
  if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...(added as Draft<V1Toleration>[])];
  return undefined;
};

const conflictOf = (own: Labels, wanted: Labels): string | undefined => {
  const key = Object.keys(wanted).find((one) => own[one] !== undefined && own[one] !== wanted[one]);
  if (key === undefined) return undefined;
  return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${wanted[key]}; pod.spec.nodeSelector[${key}] = ${own[key]}`;
};

const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  if (attributes.operation !== "CREATE" || !isFor(attributes, pods)) return undefined;
  const found = classOf(attributes, around);
  if (found instanceof Error) return found;
  const { spec } = attributes.object as Pod;
  const isUnfounded = spec?.overhead !== undefined && found?.overhead?.podFixed === undefined;
  return isUnfounded ? refuse(attributes, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead") : undefined;
};

export const runtimeClass: Plugin = { name: "RuntimeClass", admit, validate };
