// Defaults of pods and pod templates. upstream: pkg/apis/core/v1/defaults.go, zz_generated.defaults.go@v1.36
import type {
  V1Container,
  V1EphemeralContainer,
  V1LifecycleHandler,
  V1Pod,
  V1PodSpec,
  V1PodTemplateSpec,
  V1Probe,
  V1ResourceRequirements,
} from "#api/generated/types.ts";
import type { Draft } from "#api/meta/object.ts";
import { defaultResourceList } from "../resource-list.ts";
import { defaultPodLevelResources } from "./default-resources.ts";
import { defaultFieldRefs, defaultVolume } from "./default-volumes.ts";
import { defaultPullPolicy } from "./image.ts";

const defaultHttpGet = (handler: Draft<V1LifecycleHandler> | undefined): void => {
  const httpGet = handler?.httpGet;
  if (httpGet === undefined) return;
  httpGet.path ||= "/";
  httpGet.scheme ||= "HTTP";
};

const defaultProbe = (probe: Draft<V1Probe> | undefined): void => {
  if (probe === undefined) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe);
  if (probe.grpc !== undefined) probe.grpc.service ??= "";
};

const defaultRequirements = (resources: Draft<V1ResourceRequirements>): void => {
  defaultResourceList(resources.limits);
  defaultResourceList(resources.requests);
};

const defaultPorts = (container: Draft<V1Container>): void => {
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
};

const defaultEnv = (container: Draft<V1Container>): void => {
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) continue;
    defaultFieldRefs(valueFrom);
    if (valueFrom.fileKeyRef !== undefined) valueFrom.fileKeyRef.optional ??= false;
  }
};

/** Completes a container of any list. */
const defaultContainer = (container: Draft<V1Container | V1EphemeralContainer>): void => {
  container.imagePullPolicy ||= defaultPullPolicy(container.image);
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  defaultPorts(container);
  defaultEnv(container);
  defaultRequirements((container.resources ??= {}));
  for (const probe of ["livenessProbe", "readinessProbe", "startupProbe"] as const) defaultProbe(container[probe]);
  for (const hook of ["postStart", "preStop"] as const) defaultHttpGet(container.lifecycle?.[hook]);
};

/** The two names of a pod's service account are one field. upstream: Convert_v1_PodSpec_To_core_PodSpec */
export const joinServiceAccount = (spec: Draft<V1PodSpec>): void => {
  spec.serviceAccountName ||= spec.serviceAccount;
  if (spec.serviceAccountName === undefined || spec.serviceAccountName === "") delete spec.serviceAccountName;
  else spec.serviceAccount = spec.serviceAccountName;
};

/** What every pod spec gets, in a pod and in a template. */
export const defaultPodSpec = (spec: Draft<V1PodSpec>): void => {
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  joinServiceAccount(spec);
  spec.volumes?.forEach(defaultVolume);
  for (const list of [spec.initContainers, spec.containers, spec.ephemeralContainers]) list?.forEach(defaultContainer);
  if (spec.resources !== undefined) defaultRequirements(spec.resources);
  defaultResourceList(spec.overhead);
};

/** Completes a template; what only a pod gets is left for the pods made of it. */
export const defaultPodTemplate = (template: Draft<V1PodTemplateSpec>): void => {
  template.metadata ??= {};
  defaultPodSpec((template.spec ??= { containers: [] }));
};

/** Requests that are not given are the limits. */
const defaultRequests = ({ resources }: Draft<V1Container>): void => {
  if (resources?.limits !== undefined) resources.requests = { ...resources.limits, ...resources.requests };
};

const defaultHostPorts = (container: Draft<V1Container>): void => {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
};

/** Completes a pod. */
export const defaultPod = (pod: Draft<V1Pod>): void => {
  const spec = (pod.spec ??= { containers: [] });
  defaultPodSpec(spec);
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  containers.forEach(defaultRequests);
  defaultPodLevelResources(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) containers.forEach(defaultHostPorts);
};
