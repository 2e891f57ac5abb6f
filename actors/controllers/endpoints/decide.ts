// The Endpoints that a Service's pods make: the older form of EndpointSlices, one object for each Service. Pure.
// upstream: pkg/controller/endpoint/endpoints_controller.go
import type { Endpoints } from "#api/core/v1/endpoints.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import type { Service } from "#api/core/v1/service.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { findPort } from "../endpoint-slice/decide.ts";
import { hasEnded, isReady } from "../pods/pod-state.ts";
import { repacked, type Address, type Port, type Ported, type Subset } from "./repack.ts";
import { truncated } from "./truncate.ts";

export const MANAGED_BY = "endpoints.kubernetes.io/managed-by";
export const MANAGER = "endpoint-controller";
const HEADLESS = "service.kubernetes.io/headless";
const OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

export type Observed = {
  readonly service: Stored<Service> | undefined;
  readonly pods: readonly Stored<Pod>[];
  readonly endpoints: Stored<Endpoints> | undefined;
};
export type Action =
  | { readonly do: "create"; readonly endpoints: Endpoints }
  | { readonly do: "update"; readonly endpoints: Stored<Endpoints> }
  | { readonly do: "delete"; readonly endpoints: Stored<Endpoints> };

const isHeadless = ({ spec }: Service): boolean => (spec?.clusterIP ?? "None") === "None" || spec?.clusterIP === "";

const addressOf = (service: Stored<Service>, pod: Stored<Pod>): Address => {
  const { name, namespace, uid } = pod.metadata;
  const { subdomain, hostname, nodeName }: Partial<NonNullable<Pod["spec"]>> = pod.spec ?? {};
  return {
    ip: pod.status?.podIP ?? "",
    ...(hostname === undefined || subdomain !== service.metadata.name ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
};

/** upstream: ShouldPodBeInEndpoints */
const isListed = (pod: Stored<Pod>, evenTerminating: boolean): boolean =>
  !hasEnded(pod) && (pod.status?.podIP ?? "") !== "" && (evenTerminating || pod.metadata.deletionTimestamp === undefined);

const portsOf = (service: Stored<Service>, pod: Pod): readonly (Port | undefined)[] => {
  const ports = service.spec?.ports ?? [];
  if (ports.length === 0 && service.spec?.clusterIP === "None") return [undefined];
  return ports.flatMap((each) => {
    const port = findPort(pod, each);
    const { name, protocol = "TCP", appProtocol } = each;
    const named = name === undefined ? {} : { name };
    return port === undefined ? [] : [{ ...named, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
};

const subsetsOf = (service: Stored<Service>, pods: readonly Stored<Pod>[]): readonly Subset[] => {
  const always = service.spec?.publishNotReadyAddresses === true;
  const listed = pods
    .filter((pod) => isListed(pod, always))
    .flatMap((pod) =>
      portsOf(service, pod).map((port): Ported => ({ port, address: addressOf(service, pod), ready: always || isReady(pod) })),
    );
  return repacked(listed);
};

type Wanted = Required<Pick<Endpoints, "subsets">> & {
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
};

const wantedFor = (service: Stored<Service>, { pods, endpoints }: Observed): Wanted => {
  const { subsets, over } = truncated(subsetsOf(service, pods));
  const { [OVER_CAPACITY]: _, ...annotations } = endpoints?.metadata.annotations ?? {};
  const { [HEADLESS]: __, ...labels } = service.metadata.labels ?? {};
  return {
    subsets,
    labels: { ...labels, [MANAGED_BY]: MANAGER, ...(isHeadless(service) ? { [HEADLESS]: "" } : {}) },
    annotations: over ? { ...annotations, [OVER_CAPACITY]: "truncated" } : annotations,
  };
};

const isSame = ({ metadata, subsets = [] }: Stored<Endpoints>, wanted: Wanted): boolean =>
  deepEqual({ subsets, labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} }, wanted);

/** What to write so that the Endpoints show the Service's pods. A Service without selector keeps its Endpoints to itself. */
export const decide = (observed: Observed): readonly Action[] => {
  const { service, endpoints } = observed;
  if (service === undefined) return endpoints === undefined ? [] : [{ do: "delete", endpoints }];
  if (service.spec?.type === "ExternalName" || service.spec?.selector === undefined) return [];
  const { subsets, ...metadata } = wantedFor(service, observed);
  const { name, namespace } = service.metadata;
  if (endpoints === undefined) return [{ do: "create", endpoints: { metadata: { name, namespace, ...metadata }, subsets } }];
  if (isSame(endpoints, { subsets, ...metadata })) return [];
  return [{ do: "update", endpoints: { ...endpoints, subsets, metadata: { ...endpoints.metadata, ...metadata } } }];
};
