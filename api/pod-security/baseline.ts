// The checks of the level "baseline": what is known to lead out of a container. upstream: pod-security-admission/policy/check_*.go
import type { V1Container, V1LifecycleHandler, V1SELinuxOptions } from "#api/generated/types.ts";
import {
  containersOf,
  containersText,
  containerViolation,
  distinct,
  namesOf,
  plural,
  quotedList,
  settersText,
  type Check,
  type PodLike,
} from "./check.ts";

const UNCONFINED = "Unconfined";

const appArmor: Check = {
  id: "appArmorProfile",
  check: (pod) => {
    const names = namesOf(pod, ({ securityContext }) => securityContext?.appArmorProfile?.type === UNCONFINED);
    const setters = settersText(pod.spec.securityContext?.appArmorProfile?.type === UNCONFINED, names);
    if (setters === "") return undefined;
    return { reason: "forbidden AppArmor profile", detail: `${setters} must not set AppArmor profile type to "Unconfined"` };
  },
};

const DEFAULT_CAPABILITIES: ReadonlySet<string> = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(" "),
);

/** What a container adds beyond what is allowed. */
export const addedCapabilities = ({ securityContext }: V1Container, allowed: ReadonlySet<string>): readonly string[] =>
  (securityContext?.capabilities?.add ?? []).filter((name) => !allowed.has(name));

/** `container "a" must not include "SYS_TIME" in securityContext.capabilities.add`; undefined: none does. */
export const addedText = (pod: PodLike, allowed: ReadonlySet<string>): string | undefined => {
  const bad = containersOf(pod).filter((container) => addedCapabilities(container, allowed).length > 0);
  if (bad.length === 0) return undefined;
  const added = distinct(bad.flatMap((container) => addedCapabilities(container, allowed)));
  return `${containersText(bad.map(({ name }) => name))} must not include ${quotedList(added)} in securityContext.capabilities.add`;
};

const capabilities: Check = {
  id: "capabilities_baseline",
  check: (pod) => {
    const detail = addedText(pod, DEFAULT_CAPABILITIES);
    return detail === undefined ? undefined : { reason: "non-default capabilities", detail };
  },
};

const hostNamespaces: Check = {
  id: "hostNamespaces",
  check: ({ spec }) => {
    const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => spec[field] === true);
    return shared.length === 0 ? undefined : { reason: "host namespaces", detail: shared.map((field) => `${field}=true`).join(", ") };
  },
};

const hostPathVolumes: Check = {
  id: "hostPathVolumes",
  check: ({ spec }) => {
    const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
    if (names.length === 0) return undefined;
    return { reason: "hostPath volumes", detail: `${plural("volume", "volumes", names.length)} ${quotedList(names)}` };
  },
};

const hostPortsOf = ({ ports = [] }: V1Container): readonly string[] =>
  ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [String(hostPort)]));

const hostPorts: Check = {
  id: "hostPorts",
  check: (pod) => {
    const bad = containersOf(pod).filter((container) => hostPortsOf(container).length > 0);
    if (bad.length === 0) return undefined;
    const ports = distinct(bad.flatMap(hostPortsOf));
    const word = plural("hostPort", "hostPorts", ports.length);
    const who = containersText(bad.map(({ name }) => name));
    return { reason: word, detail: `${who} ${plural("uses", "use", bad.length)} ${word} ${ports.join(", ")}` };
  },
};

const hostOf = (handler: Partial<V1LifecycleHandler> | undefined): readonly string[] =>
  [handler?.httpGet?.host, handler?.tcpSocket?.host].filter((host) => host !== undefined && host !== "") as string[];

const hostsOf = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: V1Container): readonly string[] =>
  [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap(hostOf);

const hostProbes: Check = {
  id: "hostProbesAndHostLifecycle",
  since: 34,
  check: (pod) => {
    const bad = containersOf(pod).filter((container) => hostsOf(container).length > 0);
    if (bad.length === 0) return undefined;
    const hosts = distinct(bad.flatMap(hostsOf));
    const word = plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.length);
    const who = containersText(bad.map(({ name }) => name));
    return { reason: word, detail: `${who} ${plural("uses", "use", bad.length)} ${word} ${quotedList(hosts)}` };
  },
};

const privileged: Check = {
  id: "privileged",
  check: (pod) => {
    const names = namesOf(pod, ({ securityContext }) => securityContext?.privileged === true);
    return containerViolation(names, "privileged", "must not set securityContext.privileged=true");
  },
};

const procMount: Check = {
  id: "procMount",
  check: (pod) => {
    const mountOf = ({ securityContext }: V1Container): string => securityContext?.procMount ?? "Default";
    const bad = containersOf(pod).filter((container) => mountOf(container) !== "Default");
    const names = bad.map(({ name }) => name);
    return containerViolation(names, "procMount", `must not set securityContext.procMount to ${quotedList(distinct(bad.map(mountOf)))}`);
  },
};

const SELINUX_TYPES = ["", "container_t", "container_init_t", "container_kvm_t"];

const seLinuxFaults = ({ type = "", user = "", role = "" }: V1SELinuxOptions, minor: number): readonly string[] => [
  ...(SELINUX_TYPES.includes(type) || (minor >= 31 && type === "container_engine_t") ? [] : [`type ${JSON.stringify(type)}`]),
  ...(user === "" ? [] : ["user may not be set"]),
  ...(role === "" ? [] : ["role may not be set"]),
];

const seLinuxOptions: Check = {
  id: "seLinuxOptions",
  check: (pod, minor) => {
    const ofPod = seLinuxFaults(pod.spec.securityContext?.seLinuxOptions ?? {}, minor);
    const faultsOf = ({ securityContext }: V1Container) => seLinuxFaults(securityContext?.seLinuxOptions ?? {}, minor);
    const names = namesOf(pod, (container) => faultsOf(container).length > 0);
    const faults = [...new Set([...ofPod, ...containersOf(pod).flatMap(faultsOf)])];
    if (faults.length === 0) return undefined;
    const setters = settersText(ofPod.length > 0, names);
    return { reason: "seLinuxOptions", detail: `${setters} set forbidden securityContext.seLinuxOptions: ${faults.join("; ")}` };
  },
};

const seccompProfile: Check = {
  id: "seccompProfile_baseline",
  check: (pod) => {
    const names = namesOf(pod, ({ securityContext }) => securityContext?.seccompProfile?.type === UNCONFINED);
    const setters = settersText(pod.spec.securityContext?.seccompProfile?.type === UNCONFINED, names);
    if (setters === "") return undefined;
    return { reason: "seccompProfile", detail: `${setters} must not set securityContext.seccompProfile.type to "Unconfined"` };
  },
};

/** Safe sysctls with the minor version since which they are. */
const SYSCTLS: ReadonlyMap<string, number> = new Map([
  ["kernel.shm_rmid_forced", 0],
  ["net.ipv4.ip_local_port_range", 0],
  ["net.ipv4.tcp_syncookies", 0],
  ["net.ipv4.ping_group_range", 0],
  ["net.ipv4.ip_unprivileged_port_start", 0],
  ["net.ipv4.ip_local_reserved_ports", 27],
  ["net.ipv4.tcp_keepalive_time", 29],
  ["net.ipv4.tcp_fin_timeout", 29],
  ["net.ipv4.tcp_keepalive_intvl", 29],
  ["net.ipv4.tcp_keepalive_probes", 29],
  ["net.ipv4.tcp_rmem", 32],
  ["net.ipv4.tcp_wmem", 32],
]);

const sysctls: Check = {
  id: "sysctls",
  check: ({ spec }, minor) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => (SYSCTLS.get(name) ?? Infinity) > minor);
    if (names.length === 0) return undefined;
    return { reason: plural("forbidden sysctl", "forbidden sysctls", names.length), detail: names.join(", ") };
  },
};

const windowsHostProcess: Check = {
  id: "windowsHostProcess",
  check: (pod) => {
    const names = namesOf(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
    const setters = settersText(pod.spec.securityContext?.windowsOptions?.hostProcess === true, names);
    return setters === ""
      ? undefined
      : { reason: "hostProcess", detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
  },
};

/** The checks of the level, in the order of their ids. */
export const baselineChecks: readonly Check[] = [
  appArmor,
  capabilities,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbes,
  privileged,
  procMount,
  seLinuxOptions,
  seccompProfile,
  sysctls,
  windowsHostProcess,
];
