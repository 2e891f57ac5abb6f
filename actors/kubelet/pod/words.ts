// What users read about a pod's containers. Pure. upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go,
// pkg/kubelet/images/image_manager.go
import type { Happening } from "#lib/event-recorder.ts";
import { goDuration } from "./back-off.ts";
import { fieldPathOf, gracePeriodOf, type BoundPod, type PodContainer } from "./containers.ts";
import type { Action } from "./decide.ts";
import type { ContainerFacts, Waiting } from "./facts.ts";

type BackingOff = { readonly waiting: Waiting; readonly event: Happening };
type Stop = Extract<Action, { do: "stop" }>;

/** `name_namespace(uid)`. upstream: pkg/kubelet/util/format Pod */
const formatPod = ({ metadata }: BoundPod): string => `${metadata.name}_${metadata.namespace ?? ""}(${metadata.uid})`;

/** What is said while a container waits to be started again. */
export const backingOff = (pod: BoundPod, container: PodContainer, { retry, waiting }: ContainerFacts): BackingOff => {
  const fieldPath = fieldPathOf(container);
  const { name, image = "" } = container.spec;
  if (retry?.as === "ImagePullBackOff") {
    const text = `Back-off pulling image "${image}"`;
    const why = waiting === undefined ? "" : `: ${waiting.reason}: ${waiting.message}`;
    return { waiting: { reason: retry.as, message: text + why }, event: { type: "Normal", reason: "BackOff", message: text, fieldPath } };
  }
  const delay = goDuration(retry === undefined ? 0 : retry.at - retry.failedAt);
  const message = `back-off ${delay} restarting failed container=${name} pod=${formatPod(pod)}`;
  const text = `Back-off restarting failed container ${name} in pod ${formatPod(pod)}`;
  return { waiting: { reason: "CrashLoopBackOff", message }, event: { type: "Warning", reason: "BackOff", message: text, fieldPath } };
};

/** Why a running container is stopped. */
export const stopMessage = (pod: BoundPod, { container, because }: Stop): string => {
  const restarts = container.kind === "sidecar" || pod.spec.restartPolicy !== "Never" ? ", will be restarted" : "";
  const { name } = container.spec;
  if (because === "resize") return `Container ${name} resize requires restart`;
  return because === "definition"
    ? `Container ${name} definition changed${restarts}`
    : `Container ${name} failed ${because} probe${restarts}`;
};

/** The time that a container has to end when it is stopped alone, in milliseconds. */
export const graceOfStop = (pod: BoundPod, { container, because }: Stop): number => {
  const { startupProbe: startup, livenessProbe: liveness } = container.spec;
  const probe = { startup, liveness, definition: undefined, resize: undefined }[because];
  return (probe?.terminationGracePeriodSeconds ?? gracePeriodOf(pod)) * 1000;
};
