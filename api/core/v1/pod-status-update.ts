// What a write to a pod's status may say. upstream: pkg/apis/core/validation/validation.go (ValidatePodStatusUpdate)
import type { V1ContainerStatus, V1Pod, V1PodSpec, V1PodStatus } from "#api/generated/types.ts";
import { broken, each, immutable, optionalAs, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue } from "#api/meta/field-error.ts";
import { ipErrors, isDualStack } from "#api/meta/ip.ts";
import { dns1123Subdomain, qualifiedName } from "#api/meta/names.ts";
import { checkPodAnnotationsUpdate } from "./pod-annotations.ts";
import { isSidecar, lastingContainers } from "./pod-resources.ts";

const SYSTEM_CONDITIONS: ReadonlySet<string> = new Set(["PodScheduled", "Ready", "Initialized"]);

type Statuses = readonly V1ContainerStatus[] | undefined;

/** Whether a container that ended in this way may run again: by its own policy and rules, or by the pod's. */
const mayRestart = ({ name, state }: V1ContainerStatus, spec: V1PodSpec): boolean => {
  const container = lastingContainers(spec).find((candidate) => candidate.name === name);
  const policy = container?.restartPolicy ?? spec.restartPolicy;
  const hasRules = (container?.restartPolicyRules ?? []).length > 0;
  return policy === "Always" || hasRules || (policy === "OnFailure" && state?.terminated?.exitCode !== 0);
};

function* checkStayEnded(path: string, now: Statuses, old: Statuses, mayRun: (status: V1ContainerStatus) => boolean): Check {
  for (const [was, at] of each(path, old)) {
    if (was.state?.terminated === undefined || mayRun(was)) continue;
    if (now?.some(({ name, state }) => name === was.name && state?.terminated === undefined) !== true) continue;
    yield forbiddenField(`${at}.state`, "may not be transitioned to non-terminated state");
  }
}

function* checkTransitions(status: V1PodStatus, old: V1PodStatus, spec: V1PodSpec): Check {
  const restarts = (was: V1ContainerStatus): boolean => mayRestart(was, spec);
  const sidecars = new Set((spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name));
  yield* checkStayEnded("status.containerStatuses", status.containerStatuses, old.containerStatuses, restarts);
  yield* checkStayEnded(
    "status.initContainerStatuses",
    status.initContainerStatuses,
    old.initContainerStatuses,
    (was) => restarts(was) || sidecars.has(was.name),
  );
  yield* checkStayEnded(
    "status.ephemeralContainerStatuses",
    status.ephemeralContainerStatuses,
    old.ephemeralContainerStatuses,
    () => false,
  );
}

function* checkIps(path: string, list: readonly { readonly ip?: string | undefined }[] | undefined): Check {
  const ips = (list ?? []).map(({ ip = "" }) => ip);
  for (const [ip, at] of each(path, ips)) yield* ipErrors(at, ip);
  if (ips.length < 2) return;
  if (!isDualStack(ips) || ips.length > 2) yield invalidValue(path, list, "may specify no more than one IP for each IP family");
  for (const [ip, at, index] of each(path, ips)) if (ips.indexOf(ip) < index) yield duplicate(at, { ip });
}

function* checkHostIps({ hostIP = "", hostIPs }: V1PodStatus): Check {
  const first = hostIPs?.[0]?.ip;
  if (first !== undefined && first !== hostIP) yield invalidValue("status.hostIPs[0].ip", first, "must be equal to `hostIP`");
  yield* checkIps("status.hostIPs", hostIPs);
}

function* checkConditions(path: string, { conditions }: V1PodStatus): Check {
  for (const [{ type = "" }, at] of each(path, conditions)) {
    if (!SYSTEM_CONDITIONS.has(type)) yield* broken(`${at}.Type`, type, qualifiedName(type));
  }
}

/** Every error of a status, against the pod as it was. */
export function* checkPodStatus(pod: V1Pod, old: V1Pod): Check {
  const [status, was] = [pod.status ?? {}, old.status ?? {}];
  yield* checkPodAnnotationsUpdate("metadata.annotations", pod.metadata?.annotations, old.metadata?.annotations);
  yield* checkConditions("metadata.conditions", status);
  if (status.nominatedNodeName !== was.nominatedNodeName) {
    yield* optionalAs("status.nominatedNodeName", status.nominatedNodeName, dns1123Subdomain);
  }
  yield* immutable("status.qosClass", status.qosClass, was.qosClass);
  yield* checkTransitions(status, was, old.spec ?? { containers: [] });
  yield* checkIps("status.podIPs", status.podIPs);
  yield* checkHostIps(status);
}
