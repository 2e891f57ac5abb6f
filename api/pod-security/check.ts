// What a check of a pod is, and the words that checks share. upstream: pod-security-admission/policy/{checks,helpers}.go
import type { V1Container, V1ObjectMeta, V1PodSpec } from "#api/generated/types.ts";

/** A pod, or the template of pods. */
export type PodLike = { readonly metadata?: V1ObjectMeta | undefined; readonly spec: V1PodSpec };

/** What a check does not allow. `detail` "": the reason says it all. */
export type Violation = { readonly reason: string; readonly detail: string };

/** One check. `minor`: the version of Kubernetes whose rules hold, 36 for v1.36. */
export type Check = {
  /** Checks are told of in the order of their ids. */
  readonly id: string;
  /** The check, one level below, that this one takes the place of. */
  readonly overrides?: string;
  /** The first minor version that has it. Default: all. */
  readonly since?: number;
  readonly check: (pod: PodLike, minor: number) => Violation | undefined;
};

/** `"a", "b"` */
export const quotedList = (names: readonly string[]): string => names.map((name) => JSON.stringify(name)).join(", ");

/** One word or another by number. */
export const plural = (one: string, many: string, count: number): string => (count === 1 ? one : many);

/** `container "a"`, `containers "a", "b"` */
export const containersText = (names: readonly string[]): string =>
  `${plural("container", "containers", names.length)} ${quotedList(names)}`;

/** Every container of the pod, of whatever sort. */
export const containersOf = ({ spec }: PodLike): readonly V1Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...((spec.ephemeralContainers ?? []) as readonly V1Container[]),
];

/** The names of the containers that are bad. */
export const namesOf = (pod: PodLike, isBad: (container: V1Container) => boolean): readonly string[] =>
  containersOf(pod)
    .filter(isBad)
    .map(({ name }) => name);

/** Each text once, in order. */
export const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

/** `pod and container "a"`: who sets what may not be set; "": nobody. */
export const settersText = (isPodBad: boolean, names: readonly string[]): string =>
  [...(isPodBad ? ["pod"] : []), ...(names.length > 0 ? [containersText(names)] : [])].join(" and ");

/** A check of containers alone: `detail` is told after their names. */
export const containerViolation = (names: readonly string[], reason: string, detail: string): Violation | undefined =>
  names.length === 0 ? undefined : { reason, detail: `${containersText(names)} ${detail}` };

/** Says the rules of Linux to be none of its. upstream: pod.Spec.OS, since 1.25 */
export const isWindows = ({ spec }: PodLike, minor: number): boolean => minor >= 25 && spec.os?.name === "windows";
