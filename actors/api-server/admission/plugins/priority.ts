// Priority: a pod's class becomes its number. upstream: plugin/pkg/admission/priority/admission.go
import type { V1PodSpec, V1PriorityClass } from "#api/generated/types.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import type { Draft } from "#api/meta/object.ts";
import { priorityClasses } from "#api/scheduling/v1/priority-class.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const DEFAULT_PRIORITY = 0;

const admit = (attributes: Attributes, around: Surroundings): Verdict => {
  if (!isFor(attributes, pods)) return undefined;
  const { spec } = (attributes.object ?? {}) as Draft<Pod>;
  if (spec === undefined) return undefined;
  if (attributes.operation === "UPDATE") return keep(spec, attributes.old as Pod);
  const found = classOf(spec, around);
  if (found === "unknown") return refuse(attributes, `no PriorityClass with name ${spec.priorityClassName ?? ""} was found`);
  return apply(attributes, spec, found);
};

/** What was decided at creation stays. */
const keep = (spec: Draft<V1PodSpec>, { spec: old }: Pod): undefined => {
  if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
};

/** undefined: the pod names none and there is no default. */
const classOf = ({ priorityClassName = "" }: Draft<V1PodSpec>, around: Surroundings): V1PriorityClass | "unknown" | undefined =>
  priorityClassName === "" ? defaultClass(around) : (around.find(priorityClasses, "", priorityClassName) ?? "unknown");

const valueOf = ({ value = 0 }: V1PriorityClass): number => value;

/** Of several default classes the lowest counts. */
const defaultClass = (around: Surroundings): V1PriorityClass | undefined => {
  const defaults = [...around.list(priorityClasses)].filter(({ globalDefault }) => globalDefault === true);
  return defaults.toSorted((a, b) => valueOf(a) - valueOf(b))[0];
};

const BY_CLASS = "must not be provided in pod spec; priority admission controller computed";

/** What a class means for a pod. */
type Computed = { readonly name: string; readonly priority: number; readonly policy: string | undefined };

const computed = (found: V1PriorityClass | undefined): Computed => {
  if (found === undefined) return { name: "", priority: DEFAULT_PRIORITY, policy: "PreemptLowerPriority" };
  return { name: found.metadata?.name ?? "", priority: valueOf(found), policy: found.preemptionPolicy };
};

const apply = (attributes: Attributes, spec: Draft<V1PodSpec>, found: V1PriorityClass | undefined): Verdict => {
  const { name, priority: value, policy } = computed(found);
  if (differs(spec.priority, value)) {
    return refuse(attributes, `the integer value of priority (${spec.priority}) ${BY_CLASS} ${value} from the given PriorityClass name`);
  }
  if (policy !== undefined && differs(spec.preemptionPolicy, policy)) {
    const given = spec.preemptionPolicy;
    return refuse(attributes, `the string value of PreemptionPolicy (${given}) ${BY_CLASS} ${policy} from the given PriorityClass name`);
  }
  if (name !== "") spec.priorityClassName = name;
  spec.priority = value;
  if (policy !== undefined) spec.preemptionPolicy = policy;
  return undefined;
};

const differs = <T>(given: T | undefined, wanted: T): given is T => given !== undefined && given !== wanted;

/** Only one class is the default. */
const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  if (attributes.operation === "DELETE" || !isFor(attributes, priorityClasses)) return undefined;
  const own = attributes.object as V1PriorityClass;
  const name = own.globalDefault === true ? nameOf(defaultClass(around)) : undefined;
  if (name === undefined || (attributes.operation === "UPDATE" && name === nameOf(own))) return undefined;
  return refuse(attributes, `PriorityClass ${name} is already marked as globalDefault. Only one default can exist`);
};

const nameOf = (priorityClass: V1PriorityClass | undefined): string | undefined => priorityClass?.metadata?.name;

export const priority: Plugin = { name: "Priority", admit, validate };
