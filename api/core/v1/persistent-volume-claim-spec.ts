// The spec of a claim, wherever it stands: in claims, in templates of StatefulSets, in ephemeral volumes of pods.
// upstream: pkg/apis/core/v1/defaults.go SetDefaults_PersistentVolumeClaim
import type { V1PersistentVolumeClaim, V1PersistentVolumeClaimSpec } from "#api/generated/types.ts";
import type { Draft } from "#api/meta/object.ts";
import { defaultResourceList } from "./resource-list.ts";

/** Completes the spec of a claim. */
export const defaultClaimSpec = (spec: Draft<V1PersistentVolumeClaimSpec>): void => {
  spec.volumeMode ??= "Filesystem";
  defaultResourceList(spec.resources?.limits);
  defaultResourceList(spec.resources?.requests);
};

/** Completes a claim. */
export const defaultClaim = (claim: Draft<V1PersistentVolumeClaim>): void => {
  const status = (claim.status ??= {});
  status.phase ||= "Pending";
  defaultResourceList(status.capacity);
  defaultResourceList(status.allocatedResources);
  defaultClaimSpec((claim.spec ??= {}));
};

/** One of the two fields for where the data comes from stands for both. upstream: persistentvolumeclaim.NormalizeDataSources */
export const joinDataSources = (spec: Draft<V1PersistentVolumeClaimSpec>): void => {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource !== undefined && dataSourceRef === undefined) spec.dataSourceRef = { ...dataSource };
  else if (dataSource === undefined && dataSourceRef !== undefined && dataSourceRef.namespace === undefined) {
    spec.dataSource = { ...dataSourceRef };
  }
};
