// The checks of the level "restricted": what good practice asks of a pod beyond "baseline".
// upstream: pod-security-admission/policy/check_*.go
import type { V1Container, V1Volume } from "#api/generated/types.ts";
import { addedText } from "./baseline.ts";
import {
  containersOf,
  containersText,
  containerViolation,
  distinct,
  isWindows,
  namesOf,
  plural,
  quotedList,
  settersText,
  type Check,
  type PodLike,
  type Violation,
} from "./check.ts";

const allowPrivilegeEscalation: Check = {
  id: "allowPrivilegeEscalation",
  check: (pod, minor) => {
    if (isWindows(pod, minor)) return undefined;
    const names = namesOf(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
    return containerViolation(names, "allowPrivilegeEscalation != false", "must set securityContext.allowPrivilegeEscalation=false");
  },
};

const ADDABLE: ReadonlySet<string> = new Set(["NET_BIND_SERVICE"]);

const capabilities: Check = {
  id: "capabilities_restricted",
  overrides: "capabilities_baseline",
  since: 22,
  check: (pod, minor) => {
    if (isWindows(pod, minor)) return undefined;
    const keeping = namesOf(pod, ({ securityContext }) => securityContext?.capabilities?.drop?.includes("ALL") !== true);
    const dropText = keeping.length === 0 ? [] : [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`];
    const details = [...dropText, ...[addedText(pod, ADDABLE) ?? []].flat()];
    return details.length === 0 ? undefined : { reason: "unrestricted capabilities", detail: details.join("; ") };
  },
};

const VOLUMES = "configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret".split(" ");

/** The type of a volume that is not one of those. */
const volumeType = ({ name: _name, ...source }: V1Volume): string | undefined => {
  const [type] = Object.entries(source).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  return type === undefined || VOLUMES.includes(type) ? undefined : type;
};

const restrictedVolumes: Check = {
  id: "restrictedVolumes",
  overrides: "hostPathVolumes",
  check: ({ spec }) => {
    const bad = (spec.volumes ?? []).filter((volume) => volumeType(volume) !== undefined);
    if (bad.length === 0) return undefined;
    const types = distinct(bad.map((volume) => volumeType(volume) ?? ""));
    const who = `${plural("volume", "volumes", bad.length)} ${quotedList(bad.map(({ name }) => name))}`;
    const what = `${plural("restricted volume type", "restricted volume types", types.length)} ${quotedList(types)}`;
    return { reason: "restricted volume types", detail: `${who} ${plural("uses", "use", bad.length)} ${what}` };
  },
};

/** Nobody says it for the pod: these containers do not for themselves. */
const unsaid = (pod: PodLike, isPodGood: boolean, isUnset: (container: V1Container) => boolean): readonly string[] =>
  isPodGood ? [] : namesOf(pod, isUnset);

const unsaidViolation = (names: readonly string[], reason: string, what: string): Violation | undefined =>
  names.length === 0 ? undefined : { reason, detail: `pod or ${containersText(names)} must set ${what}` };

const runAsNonRoot: Check = {
  id: "runAsNonRoot",
  check: (pod) => {
    const reason = "runAsNonRoot != true";
    const ofPod = pod.spec.securityContext?.runAsNonRoot;
    const setters = settersText(
      ofPod === false,
      namesOf(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false),
    );
    if (setters !== "") return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
    const names = unsaid(pod, ofPod === true, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
    return unsaidViolation(names, reason, "securityContext.runAsNonRoot=true");
  },
};

const runAsUser: Check = {
  id: "runAsUser",
  since: 23,
  check: (pod) => {
    const names = namesOf(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
    const setters = settersText(pod.spec.securityContext?.runAsUser === 0, names);
    return setters === "" ? undefined : { reason: "runAsUser=0", detail: `${setters} must not set runAsUser=0` };
  },
};

const PROFILES: readonly (string | undefined)[] = ["RuntimeDefault", "Localhost"];

const isForbidden = (type: string | undefined): type is string => type !== undefined && !PROFILES.includes(type);

const seccompProfile: Check = {
  id: "seccompProfile_restricted",
  overrides: "seccompProfile_baseline",
  since: 19,
  check: (pod, minor) => {
    if (isWindows(pod, minor)) return undefined;
    const reason = "seccompProfile";
    const ofPod = pod.spec.securityContext?.seccompProfile?.type;
    const typeOf = ({ securityContext }: V1Container): string | undefined => securityContext?.seccompProfile?.type;
    const setters = settersText(
      isForbidden(ofPod),
      namesOf(pod, (container) => isForbidden(typeOf(container))),
    );
    if (setters !== "") {
      const values = distinct([ofPod, ...containersOf(pod).map(typeOf)].filter(isForbidden));
      return { reason, detail: `${setters} must not set securityContext.seccompProfile.type to ${quotedList(values)}` };
    }
    const names = unsaid(pod, ofPod !== undefined, (container) => typeOf(container) === undefined);
    return unsaidViolation(names, reason, 'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"');
  },
};

/** The checks of the level, in the order of their ids. */
export const restrictedChecks: readonly Check[] = [
  allowPrivilegeEscalation,
  capabilities,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompProfile,
];
