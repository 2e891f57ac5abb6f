// The conditions of a pod that its kubelet owns, in upstream's words. Pure. upstream: pkg/kubelet/status/generate.go
import type { V1ContainerStatus, V1PodCondition } from "#api/generated/types.ts";
import type { BoundPod } from "./containers.ts";
import { hasBegun, type Phase, type Statuses } from "./phase.ts";

type Verdict = { readonly status: "True" | "False"; readonly reason?: string; readonly message?: string };

export type ConditionInputs = {
  readonly pod: BoundPod;
  readonly statuses: Statuses;
  readonly phase: Phase;
  /** The pod has its sandbox and address. */
  readonly sandboxReady: boolean;
  /** Some container runs under other limits than it should. */
  readonly resizing?: boolean | undefined;
  /** Why the kubelet has evicted the pod; undefined: it has not. */
  readonly evicted?: string | undefined;
  /** Of the conditions as they were last written. */
  readonly previous: readonly V1PodCondition[];
  /** An instant as metav1.Time writes it. */
  readonly now: string;
};

/** There as long as it is true, and then gone. upstream: v1.PodResizeInProgress */
export const RESIZING = "PodResizeInProgress";

const TRUE: Verdict = { status: "True" };
const completed = (status: "True" | "False"): Verdict => ({ status, reason: "PodCompleted" });
const names = (statuses: readonly V1ContainerStatus[]): string => `[${statuses.map(({ name }) => name).join(" ")}]`;

const initialized = ({ statuses: { init, sidecars, apps }, phase }: ConditionInputs): Verdict => {
  const incomplete = [...init.filter(({ ready }) => !ready), ...sidecars.filter((status) => !hasBegun(status))];
  if (phase === "Succeeded" && init.length + sidecars.length > 0) return completed("True");
  if (incomplete.length === 0 || apps.some(hasBegun)) return TRUE;
  return { status: "False", reason: "ContainersNotInitialized", message: `containers with incomplete status: ${names(incomplete)}` };
};

const containersReady = ({ statuses: { apps, sidecars }, phase }: ConditionInputs): Verdict => {
  if (phase === "Succeeded") return completed("False");
  if (phase === "Failed") return { status: "False", reason: "PodFailed" };
  const unready = [...sidecars, ...apps].filter(({ ready }) => !ready);
  if (unready.length === 0) return TRUE;
  return { status: "False", reason: "ContainersNotReady", message: `containers with unready status: ${names(unready)}` };
};

const gateProblem = ({ pod: { status } }: ConditionInputs, type: string): string | undefined => {
  const gate = status?.conditions?.find((each) => each.type === type);
  if (gate === undefined) return `corresponding condition of pod readiness gate "${type}" does not exist.`;
  return gate.status === "True" ? undefined : `the status of pod readiness gate "${type}" is not "True", but ${gate.status}`;
};

const ready = (inputs: ConditionInputs, containers: Verdict): Verdict => {
  if (containers.status === "False") return containers;
  const problems = (inputs.pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => gateProblem(inputs, conditionType) ?? []);
  return problems.length === 0 ? TRUE : { status: "False", reason: "ReadinessGatesNotReady", message: problems.join(", ") };
};

const disrupted = (message: string): Verdict => ({ status: "True", reason: "TerminationByKubelet", message });

const condition = ({ pod, previous, now }: ConditionInputs, type: string, { status, reason, message }: Verdict): V1PodCondition => {
  const before = previous.find((each) => each.type === type);
  const { generation } = pod.metadata;
  return {
    type,
    status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
};

/** The conditions, in upstream's order; an instant moves only when the status does. */
export const podConditions = (inputs: ConditionInputs): readonly V1PodCondition[] => {
  const containers = containersReady(inputs);
  return [
    condition(inputs, "PodReadyToStartContainers", inputs.sandboxReady ? TRUE : { status: "False" }),
    condition(inputs, "Initialized", initialized(inputs)),
    condition(inputs, "Ready", ready(inputs, containers)),
    condition(inputs, "ContainersReady", containers),
    condition(inputs, "PodScheduled", TRUE),
    ...(inputs.resizing === true ? [condition(inputs, RESIZING, TRUE)] : []),
    ...(inputs.evicted === undefined ? [] : [condition(inputs, "DisruptionTarget", disrupted(inputs.evicted))]),
  ];
};
