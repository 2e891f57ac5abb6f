// What the checks of a pod spec must know of the whole spec.
import type { V1PodSpec, V1Volume } from "#api/generated/types.ts";

/** Facts of the spec around a container. */
export type PodContext = {
  /** Its valid volumes by name. */
  readonly volumes: ReadonlyMap<string, V1Volume>;
  /** Names of its resource claims. */
  readonly claims: ReadonlySet<string>;
  readonly gracePeriodSeconds: number | undefined;
  readonly restartPolicy: string | undefined;
  /** False: the pod has users of its own. */
  readonly hostUsers: boolean;
};

/** The context that a spec gives, with the volumes that were found valid. */
export const contextOf = (spec: V1PodSpec, volumes: ReadonlyMap<string, V1Volume>): PodContext => ({
  volumes,
  claims: new Set((spec.resourceClaims ?? []).map(({ name }) => name).filter((name) => name !== "")),
  gracePeriodSeconds: spec.terminationGracePeriodSeconds,
  restartPolicy: spec.restartPolicy,
  hostUsers: spec.hostUsers ?? true,
});
