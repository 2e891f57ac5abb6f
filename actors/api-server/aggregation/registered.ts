// Which APIServices stand for what this API server serves itself, and what is to be done to keep them. Pure.
// upstream: kube-aggregator/pkg/controllers/autoregister, pkg/controlplane/controller/crdregistration
//
// G1 What an administrator made of an APIService by taking its label away, or wrote without it, is left alone.
// G2 Those of built-in versions are looked after once a start, those of definitions always.
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { APIService } from "#api/apiregistration/v1/api-service.ts";
import { builtInPriority, CUSTOM_PRIORITY, type Priority } from "#api/apiregistration/v1/priorities.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";

/** The label of APIServices that are kept by the API server. */
export const MANAGED = "kube-aggregator.kubernetes.io/automanaged";

/** A group and version that is served. */
export type GroupVersion = { readonly group: string; readonly version: string };

type Mode = "onstart" | "true";

/** The name of a version's APIService: `v1.apps`, and `v1.` for the core group. */
export const serviceName = ({ group, version }: GroupVersion): string => `${version}.${group}`;

const serviceOf = ({ group, version }: GroupVersion, priority: Priority, mode: Mode): APIService => ({
  metadata: { name: serviceName({ group, version }), labels: { [MANAGED]: mode } },
  spec: { group, version, groupPriorityMinimum: priority.group, versionPriority: priority.version },
});

/** That of a built-in version; undefined: the name is of none. */
export const builtInService = (name: string, served: readonly GroupVersion[]): APIService | undefined => {
  const found = served.find((one) => serviceName(one) === name);
  const priority = found && builtInPriority(found.group, found.version);
  return priority && serviceOf(found, priority, "onstart");
};

/** The names of the APIServices of a definition's versions. */
export const namesOf = ({ spec: { group, versions } }: CustomResourceDefinition): readonly string[] =>
  versions.map(({ name: version }) => serviceName({ group, version }));

/** That of a version that some definition serves; undefined: none does. */
export const definedService = (name: string, definitions: Iterable<CustomResourceDefinition>): APIService | undefined => {
  for (const { spec } of definitions) {
    const { group } = spec;
    const found = spec.versions.find(({ served, name: version }) => served && serviceName({ group, version }) === name);
    if (found !== undefined) return serviceOf({ group, version: found.name }, CUSTOM_PRIORITY, "true");
  }
  return undefined;
};

/** What is known of one name. */
export type Observed = {
  readonly desired: APIService | undefined;
  readonly current: Stored<APIService> | undefined;
  /** It was there when the server started. */
  readonly wasThere: boolean;
  /** It has been looked after since the server started. */
  readonly isDone: boolean;
};

export type Action =
  | { readonly do: "create"; readonly service: APIService }
  | { readonly do: "update"; readonly service: Stored<APIService> }
  | { readonly do: "delete"; readonly service: Stored<APIService> };

const modeOf = (service: APIService | undefined): string | undefined => service?.metadata?.labels?.[MANAGED];

const isOurs = (service: APIService): boolean => modeOf(service) === "onstart" || modeOf(service) === "true";

/** What is to be done about one that is there. */
const about = (current: Stored<APIService>, { desired, wasThere, isDone }: Observed): readonly Action[] => {
  if (!isOurs(current)) return [];
  if (modeOf(current) === "onstart" && (isDone || !wasThere)) return [];
  if (desired === undefined) return [{ do: "delete", service: current }];
  return deepEqual(current.spec, desired.spec) ? [] : [{ do: "update", service: { ...current, spec: desired.spec } }];
};

/** What is to be done about a name. upstream: autoregister_controller.go checkAPIService, its table */
export const decide = (observed: Observed): readonly Action[] => {
  const { desired, current, isDone } = observed;
  if (modeOf(desired) === "onstart" && isDone) return [];
  if (current !== undefined) return about(current, observed);
  return desired === undefined ? [] : [{ do: "create", service: desired }];
};
