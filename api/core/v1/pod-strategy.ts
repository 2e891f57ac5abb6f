// What the server makes of a pod that is written. upstream: pkg/registry/core/pod/strategy.go@v1.36
import type { V1Container, V1LabelSelector, V1Pod, V1PodAffinity, V1PodAffinityTerm, V1PodStatus } from "#api/generated/types.ts";
import type { Strategy } from "#api/kind.ts";
import { isEmpty } from "#api/meta/check.ts";
import { dns1123Label } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { computeQos } from "./pod-qos.ts";
import { joinServiceAccount } from "./pod-spec/defaults.ts";
import { isPodTerminal } from "./pod-status.ts";
import { warnPodSpec } from "./pod-warnings.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

type Labels = { readonly [key: string]: string } | undefined;
type Keys = readonly string[] | undefined;

const addKeys = (selector: Draft<V1LabelSelector>, keys: Keys, operator: "In" | "NotIn", labels: Labels): void => {
  for (const key of keys ?? []) {
    const value = labels?.[key];
    if (value !== undefined) (selector.matchExpressions ??= []).push({ key, operator, values: [value] });
  }
};

const settleTerm = (term: Draft<V1PodAffinityTerm> | undefined, labels: Labels): void => {
  if (term?.labelSelector === undefined) return;
  addKeys(term.labelSelector, term.matchLabelKeys, "In", labels);
  addKeys(term.labelSelector, term.mismatchLabelKeys, "NotIn", labels);
};

const settleAffinity = (affinity: Draft<V1PodAffinity> | undefined, labels: Labels): void => {
  for (const term of affinity?.[REQUIRED] ?? []) settleTerm(term, labels);
  for (const { podAffinityTerm } of affinity?.[PREFERRED] ?? []) settleTerm(podAffinityTerm, labels);
};

/** Keys that affinity and spread take from the pod's own labels become part of their selectors. */
const settleLabelKeys = ({ metadata, spec }: Draft<V1Pod>): void => {
  const labels = metadata?.labels;
  settleAffinity(spec?.affinity?.podAffinity, labels);
  settleAffinity(spec?.affinity?.podAntiAffinity, labels);
  for (const { labelSelector, matchLabelKeys } of spec?.topologySpreadConstraints ?? []) {
    if (labelSelector !== undefined) addKeys(labelSelector, matchLabelKeys, "In", labels);
  }
};

const GATED = {
  type: "PodScheduled",
  status: "False",
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
};

const prepareForCreate = (pod: Draft<V1Pod>): void => {
  const spec = (pod.spec ??= { containers: [] });
  joinServiceAccount(spec);
  pod.status = { phase: "Pending", qosClass: computeQos(spec) };
  if ((spec.schedulingGates ?? []).length > 0) pod.status.conditions = [{ ...GATED }];
  settleLabelKeys(pod);
};

/** The one address and the list of them are one field. upstream: Convert_v1_PodStatus_To_core_PodStatus */
const joinIps = (status: Draft<V1PodStatus>): void => {
  const { podIP } = status;
  const first = status.podIPs?.[0]?.ip;
  if (!isEmpty(podIP) && first === undefined) status.podIPs = [{ ip: podIP }];
  else if (isEmpty(podIP) && first !== undefined) status.podIP = first;
};

/** An observedGeneration that a client leaves out stays as it was. */
const keepObservedGenerations = (status: Draft<V1PodStatus>, old: V1PodStatus): void => {
  if (old.observedGeneration !== undefined) status.observedGeneration ||= old.observedGeneration;
  for (const condition of status.conditions ?? []) {
    const was = old.conditions?.find(({ type }) => type === condition.type)?.observedGeneration;
    if (was !== undefined) condition.observedGeneration ||= was;
  }
};

const prepareStatus = (pod: Draft<V1Pod>, old: V1Pod): void => {
  const status = (pod.status ??= {});
  keepOwners(pod, old);
  if (isEmpty(status.qosClass) && old.status?.qosClass !== undefined) status.qosClass = old.status.qosClass;
  joinIps(status);
  keepObservedGenerations(status, old.status ?? {});
};

/** Old kubelets spoilt owner references, which breaks garbage collection: a status cannot change them. */
const keepOwners = (pod: Draft<V1Pod>, old: V1Pod): void => {
  const metadata = (pod.metadata ??= {});
  const owners = old.metadata?.ownerReferences;
  if (owners === undefined) delete metadata.ownerReferences;
  else metadata.ownerReferences = owners.map((owner) => Object.assign({}, owner));
};

type Writes = Draft<V1Pod>;
type Containers = Draft<readonly V1Container[]> | undefined;

const withOldMeta = (pod: Writes, old: V1Pod): void => {
  pod.metadata = structuredClone({ ...old.metadata, resourceVersion: pod.metadata?.resourceVersion }) as Draft<typeof old.metadata>;
  pod.status = structuredClone(old.status) as Draft<typeof old.status>;
};

/** A write to `ephemeralcontainers` changes nothing else. */
const prepareEphemeral = (pod: Writes, old: V1Pod): void => {
  const added = pod.spec?.ephemeralContainers;
  const spec = structuredClone(old.spec ?? { containers: [] }) as NonNullable<Writes["spec"]>;
  if (added !== undefined) spec.ephemeralContainers = added;
  pod.spec = spec;
  withOldMeta(pod, old);
};

const copyResources = (to: Containers, from: Containers): void => {
  for (const [at, container] of (to ?? []).entries()) {
    const wanted = from?.[at];
    if (wanted === undefined || wanted.name !== container.name) continue;
    container.resources = wanted.resources ?? {};
    if (wanted.resizePolicy !== undefined) container.resizePolicy = wanted.resizePolicy;
  }
};

/** A write to `resize` changes resources of containers and nothing else; containers in another order are left to validation. */
const prepareResize = (pod: Writes, old: V1Pod): void => {
  const written = pod.spec ?? { containers: [] };
  const spec = structuredClone(old.spec ?? { containers: [] }) as NonNullable<Writes["spec"]>;
  for (const list of ["containers", "initContainers"] as const) copyResources(spec[list], written[list]);
  if (written.resources !== undefined) spec.resources = written.resources;
  pod.spec = spec;
  withOldMeta(pod, old);
};

const prepareForUpdate = (pod: Writes, old: V1Pod, subresource: string): void => {
  if (subresource === "status") prepareStatus(pod, old);
  else if (subresource === "ephemeralcontainers") prepareEphemeral(pod, old);
  else if (subresource === "resize") prepareResize(pod, old);
  else if (pod.spec !== undefined) joinServiceAccount(pod.spec);
};

const HOSTNAME_WARNING =
  "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";

const warnings = (pod: V1Pod, old: V1Pod | undefined): readonly string[] => {
  if (old !== undefined) return [];
  const reasons = dns1123Label(pod.metadata?.name ?? "");
  return [...(reasons.length === 0 ? [] : [`${HOSTNAME_WARNING}: [${reasons.join(" ")}]`]), ...warnPodSpec("", pod)];
};

/** A pod without a node, or one that is over, is deleted at once. */
const gracePeriodSeconds = (pod: V1Pod): number | undefined =>
  isEmpty(pod.spec?.nodeName) || isPodTerminal(pod) ? undefined : (pod.spec?.terminationGracePeriodSeconds ?? 0);

/** The strategy of pods. */
export const podStrategy: Strategy<V1Pod> = {
  generation: true,
  returnsDeleted: true,
  prepareForCreate,
  prepareForUpdate,
  warnings,
  gracePeriodSeconds,
};
