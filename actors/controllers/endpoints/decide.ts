// The Endpoints that a Service's pods make: the older form of EndpointSlices, one object for each Service. Pure.
// upstream: pkg/controller/endpoint/endpoints_controller.go, pkg/api/v1/endpoints/util.go
import type { Endpoints } from "#api/core/v1/endpoints.ts";
import type { Pod } from "#api/core/v1/pod.ts";
import type { Service } from "#api/core/v1/service.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { findPort } from "../endpoint-slice/decide.ts";
import { hasEnded, isReady } from "../pods/pod-state.ts";
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

type Subset = NonNullable<Endpoints["subsets"]>[number];
type Address = NonNullable<Subset["addresses"]>[number];
type Port = NonNullable<Subset["ports"]>[number];
type Ported = { readonly port: Port | undefined; readonly address: Address; readonly ready: boolean };

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

/** Groups by a key, in the order of the keys. */
const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] =>
  [...Map.groupBy(items, keyOf)].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);

const octets = (ip: string): string =>
  ip
    .split(".")
    .map((octet) => octet.padStart(3, "0"))
    .join(".");
const byAddress = (a: Ported, b: Ported): number => (octets(a.address.ip) < octets(b.address.ip) ? -1 : 1);

const subsetOf = (listed: readonly Ported[], ports: readonly Port[]): Subset => {
  const addresses = listed.filter(({ ready }) => ready).map(({ address }) => address);
  const notReadyAddresses = listed.filter(({ ready }) => !ready).map(({ address }) => address);
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0 ? {} : { ports }),
  };
};

/** Ports with the same addresses share a subset. upstream: RepackSubsets */
const repacked = (listed: readonly Ported[]): readonly Subset[] => {
  const byPort = grouped(listed, ({ port }) => JSON.stringify(port ?? {})).map((group) => group.toSorted(byAddress));
  const keyOf = (group: readonly Ported[]): string => group.map(({ address, ready }) => `${address.targetRef?.uid}${ready}`).join();
  return grouped(byPort, keyOf).map((same) =>
    subsetOf(
      same[0] ?? [],
      same.flatMap((group) => group[0]?.port ?? []),
    ),
  );
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
