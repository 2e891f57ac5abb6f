// Security contexts. What Linux alone can do is checked as upstream does and has no effect on a WASI guest.
// upstream: pkg/apis/core/validation/validation.go (validatePodSpecSecurityContext, ValidateSecurityContext)
import type {
  V1AppArmorProfile,
  V1Container,
  V1EphemeralContainer,
  V1PodSecurityContext,
  V1PodSpec,
  V1SeccompProfile,
  V1SecurityContext,
  V1Sysctl,
} from "#api/generated/types.ts";
import { broken, each, isEmpty, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, required, tooLong } from "#api/meta/field-error.ts";
import { unixId } from "#api/meta/names.ts";
import { utf8Bytes } from "#api/meta/size.ts";
import type { PodContext } from "./context.ts";
import { checkDescending } from "./validate-paths.ts";

const PROFILES: readonly string[] = ["Localhost", "RuntimeDefault", "Unconfined"];
const MAX_PROFILE_BYTES = 4095;
const SYSCTL_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const SYSCTL_SOURCE = String.raw`^(${SYSCTL_SEGMENT}[\./])*${SYSCTL_SEGMENT}$`;
const SYSCTL = new RegExp(SYSCTL_SOURCE);
const MAX_SYSCTL = 253;
const NET_SYSCTL = /^net[./]/;
const IPC_SYSCTL = /^(kernel[./](shm|msg|sem$)|fs[./]mqueue[./])/;

const idErrors = (path: string, id: number | undefined) => (id === undefined ? [] : broken(path, id, unixId(id)));

function* checkSeccomp(path: string, profile: V1SeccompProfile | undefined): Check {
  if (profile === undefined) return;
  const local = profile.localhostProfile;
  if (isEmpty(profile.type)) yield required(`${path}.type`, "type is required when seccompProfile is set");
  else yield* oneOf(`${path}.type`, profile.type, PROFILES);
  if (profile.type === "Localhost") {
    if (local === undefined) yield required(`${path}.localhostProfile`, "must be set when seccomp type is Localhost");
    else yield* checkDescending(`${path}.localhostProfile`, local);
  } else if (local !== undefined) {
    yield invalidValue(`${path}.localhostProfile`, profile, "can only be set when seccomp type is Localhost");
  }
}

function* checkLocalAppArmor(path: string, local = ""): Check {
  if (local.trim() === "") yield required(path, "must be set when AppArmor type is Localhost");
  else if (local.trim() !== local) yield invalidValue(path, local, "must not be padded with whitespace");
  if (utf8Bytes(local) > MAX_PROFILE_BYTES) yield tooLong(path, MAX_PROFILE_BYTES);
}

function* checkAppArmor(path: string, profile: V1AppArmorProfile | undefined): Check {
  if (profile === undefined) return;
  const { type, localhostProfile: local } = profile;
  if (type === "Localhost") yield* checkLocalAppArmor(`${path}.localhostProfile`, local);
  else if (isEmpty(type)) yield required(`${path}.type`, "type is required when appArmorProfile is set");
  else if (!PROFILES.includes(type)) yield* oneOf(`${path}.type`, type, PROFILES);
  else if (local !== undefined) {
    yield invalidValue(`${path}.localhostProfile`, local, "can only be set when AppArmor type is Localhost");
  }
}

function* checkHostSysctl(path: string, name: string, spec: V1PodSpec): Check {
  if (spec.hostNetwork === true && NET_SYSCTL.test(name)) {
    yield invalidValue(path, name, "may not be specified when 'hostNetwork' is true");
  } else if (spec.hostIPC === true && IPC_SYSCTL.test(name)) {
    yield invalidValue(path, name, "may not be specified when 'hostIPC' is true");
  }
}

function* checkSysctls(path: string, sysctls: readonly V1Sysctl[] | undefined, spec: V1PodSpec): Check {
  const names = new Set<string>();
  for (const [{ name }, at] of each(path, sysctls)) {
    if (isEmpty(name)) yield required(`${at}.name`);
    else if (name.length > MAX_SYSCTL || !SYSCTL.test(name)) {
      yield invalidValue(`${at}.name`, name, `must have at most ${MAX_SYSCTL} characters and match regex ${SYSCTL_SOURCE}`);
    } else if (names.has(name)) yield duplicate(`${at}.name`, name);
    yield* checkHostSysctl(`${at}.name`, name ?? "", spec);
    names.add(name);
  }
}

function* checkPodEnums(path: string, context: V1PodSecurityContext): Check {
  yield* oneOf(`${path}.fsGroupChangePolicy`, context.fsGroupChangePolicy, ["Always", "OnRootMismatch"]);
  yield* oneOf(`${path}.supplementalGroupsPolicy`, context.supplementalGroupsPolicy, ["Merge", "Strict"]);
  yield* oneOf(`${path}.seLinuxChangePolicy`, context.seLinuxChangePolicy, ["MountOption", "Recursive"]);
}

/** The security context of a pod; `path` is the spec's. */
export function* checkPodSecurity(path: string, spec: V1PodSpec): Check {
  const context = spec.securityContext ?? {};
  const at = `${path}.securityContext`;
  for (const id of ["fsGroup", "runAsUser", "runAsGroup"] as const) yield* idErrors(`${at}.${id}`, context[id]);
  for (const [group, groupAt] of each(`${at}.supplementalGroups`, context.supplementalGroups)) yield* idErrors(groupAt, group);
  if (spec.shareProcessNamespace === true && spec.hostPID === true) {
    yield invalidValue(`${at}.shareProcessNamespace`, true, "ShareProcessNamespace and HostPID cannot both be enabled");
  }
  yield* checkSysctls(`${at}.sysctls`, context.sysctls, spec);
  yield* checkSeccomp(`${at}.seccompProfile`, context.seccompProfile);
  yield* checkAppArmor(`${at}.appArmorProfile`, context.appArmorProfile);
  yield* checkPodEnums(at, context);
}

/** A pod with users of its own shares none of the host's namespaces. upstream: validateHostUsers */
export function* checkHostUsers(path: string, spec: V1PodSpec): Check {
  if (spec.hostUsers !== false) return;
  const detail = "when `pod.Spec.HostUsers` is false";
  if (spec.hostNetwork === true) yield forbiddenField(`${path}.hostNetwork`, detail);
  if (spec.hostPID === true) yield forbiddenField(`${path}.HostPID`, detail);
  if (spec.hostIPC === true) yield forbiddenField(`${path}.HostIPC`, detail);
}

function* checkEscalation(path: string, context: V1SecurityContext): Check {
  if (context.allowPrivilegeEscalation !== false) return;
  if (context.privileged === true) {
    yield invalidValue(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
  }
  if (context.capabilities?.add?.includes("CAP_SYS_ADMIN") === true) {
    yield invalidValue(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
  }
}

/** The security context of a container. */
export function* checkContainerSecurity(path: string, container: V1Container | V1EphemeralContainer, { hostUsers }: PodContext): Check {
  const context = container.securityContext;
  if (context === undefined) return;
  for (const id of ["runAsUser", "runAsGroup"] as const) yield* idErrors(`${path}.${id}`, context[id]);
  if (context.procMount !== undefined) yield* neededOneOf(`${path}.procMount`, context.procMount, ["Default", "Unmasked"]);
  if (hostUsers && context.procMount === "Unmasked") {
    yield invalidValue(`${path}.procMount`, context.procMount, "`hostUsers` must be false to use `Unmasked`");
  }
  yield* checkSeccomp(`${path}.seccompProfile`, context.seccompProfile);
  yield* checkEscalation(path, context);
  yield* checkAppArmor(`${path}.appArmorProfile`, context.appArmorProfile);
}
