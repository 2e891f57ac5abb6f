// How important the groups and versions of this API server are beside those of others: what discovery lists first. Pure.
// upstream: pkg/controlplane/apiserver/aggregator.go, cmd/kube-apiserver/app/aggregator.go

/** Of an APIService: `groupPriorityMinimum` and `versionPriority`. */
export type Priority = { readonly group: number; readonly version: number };

const BUILT_IN: { readonly [groupVersion: string]: readonly [group: number, version: number] } = {
  "/v1": [18_000, 1],
  "apps/v1": [17_800, 15],
  "events.k8s.io/v1": [17_750, 15],
  "authentication.k8s.io/v1": [17_700, 15],
  "authorization.k8s.io/v1": [17_600, 15],
  "autoscaling/v2": [17_500, 30],
  "autoscaling/v1": [17_500, 15],
  "batch/v1": [17_400, 15],
  "certificates.k8s.io/v1": [17_300, 15],
  "networking.k8s.io/v1": [17_200, 15],
  "policy/v1": [17_100, 15],
  "rbac.authorization.k8s.io/v1": [17_000, 15],
  "storage.k8s.io/v1": [16_800, 15],
  "apiextensions.k8s.io/v1": [16_700, 15],
  "admissionregistration.k8s.io/v1": [16_700, 15],
  "scheduling.k8s.io/v1": [16_600, 15],
  "coordination.k8s.io/v1": [16_500, 15],
  "node.k8s.io/v1": [16_300, 15],
  "discovery.k8s.io/v1": [16_200, 15],
  "resource.k8s.io/v1": [16_200, 20],
  "flowcontrol.apiserver.k8s.io/v1": [16_100, 21],
};

/** Of a built-in group and version; undefined: none registers itself, as `apiregistration.k8s.io` does not. */
export const builtInPriority = (group: string, version: string): Priority | undefined => {
  const found = BUILT_IN[`${group}/${version}`];
  return found && { group: found[0], version: found[1] };
};

/** Of what a CustomResourceDefinition serves. upstream: pkg/controlplane/controller/crdregistration */
export const CUSTOM_PRIORITY: Priority = { group: 1000, version: 100 };
