// EndpointSlices that say what somebody's own Endpoints say, so that who reads slices only sees those too. Pure.
// upstream: pkg/controller/endpointslicemirroring/reconciler.go, utils.go
import { endpoints, type Endpoints } from "#api/core/v1/endpoints.ts";
import type { Service } from "#api/core/v1/service.ts";
import type { EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { isIpv6 } from "#api/meta/ip.ts";
import type { Stored } from "#api/meta/object.ts";
import { keyOfPorts, MANAGED_BY, SERVICE_LABEL } from "../endpoint-slice/decide.ts";
import { repacked, type Address, type Port, type Subset } from "../endpoints/repack.ts";
import { controllerReference } from "../pods/claim.ts";

export const MANAGER = "endpointslicemirroring-controller.k8s.io";
const SKIP = "endpointslice.kubernetes.io/skip-mirror";
/** Endpoints of old clients that elect a leader change all the time and have no addresses. upstream: hasLeaderElection */
const LEADER = "control-plane.alpha.kubernetes.io/leader";
/** Annotations that say nothing about the slices. */
const NOT_MIRRORED = ["endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration"];
/** upstream: --mirroring-max-endpoints-per-subset */
const MOST = 1_000;

/** A Service, and the Endpoints and slices of its name. */
export type Observed = {
  readonly service: Stored<Service> | undefined;
  readonly endpoints: Stored<Endpoints> | undefined;
  readonly slices: readonly Stored<EndpointSlice>[];
};
export type Action =
  | { readonly do: "create"; readonly slice: EndpointSlice }
  | { readonly do: "update"; readonly slice: Stored<EndpointSlice> }
  | { readonly do: "delete"; readonly slice: Stored<EndpointSlice> }
  | { readonly do: "warn"; readonly endpoints: Stored<Endpoints>; readonly message: string };

type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];
type Content = {
  readonly addressType: EndpointSlice["addressType"];
  readonly ports: NonNullable<EndpointSlice["ports"]>;
  readonly endpoints: readonly Endpoint[];
};

const isMirrored = ({ metadata }: Stored<Endpoints>): boolean =>
  metadata.labels?.[SKIP] !== "true" && metadata.annotations?.[LEADER] === undefined;

/** No port at all is listed as one that is undefined. */
const listedPorts = ({ ports = [] }: Subset): readonly (Port | undefined)[] => (ports.length === 0 ? [undefined] : ports);

const endpointOf = ({ ip, hostname = "", nodeName, targetRef }: Address, ready: boolean): Endpoint => ({
  addresses: [ip ?? ""],
  conditions: { ready },
  ...(hostname === "" ? {} : { hostname }),
  ...(nodeName === undefined ? {} : { nodeName }),
  ...(targetRef === undefined ? {} : { targetRef }),
});

const portsOf = ({ ports = [] }: Subset): Content["ports"] =>
  ports.map(({ name = "", port, protocol = "TCP", appProtocol }) => ({
    name,
    protocol,
    port,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));

/** At most one slice of each family, without the addresses that are too many. */
const contentsOf = (subset: Subset): readonly Content[] => {
  const { addresses = [], notReadyAddresses = [] } = subset;
  const all = [...addresses.map((address) => endpointOf(address, true)), ...notReadyAddresses.map((address) => endpointOf(address, false))];
  const listed = Map.groupBy(all.slice(0, MOST), (endpoint) => (isIpv6(endpoint.addresses[0] ?? "") ? "IPv6" : "IPv4"));
  return [...listed].map(([addressType, found]) => ({ addressType, ports: portsOf(subset), endpoints: found }));
};

/** upstream: endpointsv1.RepackSubsets */
const canonical = ({ subsets = [] }: Endpoints): readonly Subset[] =>
  repacked(
    subsets.flatMap((subset) =>
      listedPorts(subset).flatMap((port) => [
        ...(subset.addresses ?? []).map((address) => ({ port, address, ready: true })),
        ...(subset.notReadyAddresses ?? []).map((address) => ({ port, address, ready: false })),
      ]),
    ),
  );

const skipped = (subsets: readonly Subset[]): number =>
  subsets
    .map(({ addresses = [], notReadyAddresses = [] }) => addresses.length + notReadyAddresses.length)
    .reduce((sum, count) => sum + Math.max(0, count - MOST), 0);

const metadataOf = (mirrored: Stored<Endpoints>) => {
  const { name, namespace, labels, annotations = {} } = mirrored.metadata;
  return {
    namespace,
    labels: { ...labels, [SERVICE_LABEL]: name, [MANAGED_BY]: MANAGER },
    annotations: Object.fromEntries(Object.entries(annotations).filter(([key]) => !NOT_MIRRORED.includes(key))),
    ownerReferences: [controllerReference(endpoints, mirrored)],
  };
};

/** The slice of the same ports, else any of the same family, which changes its ports: what is served stays served. */
const takeFor = ({ addressType, ports }: Content, spare: Set<Stored<EndpointSlice>>): Stored<EndpointSlice> | undefined => {
  const alike = [...spare].filter((slice) => slice.addressType === addressType);
  const taken = alike.find((slice) => keyOfPorts(slice.ports ?? []) === keyOfPorts(ports)) ?? alike[0];
  if (taken !== undefined) spare.delete(taken);
  return taken;
};

const isSame = (slice: Stored<EndpointSlice>, content: Content, { labels, annotations }: ReturnType<typeof metadataOf>): boolean =>
  deepEqual({ ports: slice.ports ?? [], endpoints: slice.endpoints ?? [] }, { ports: content.ports, endpoints: content.endpoints }) &&
  deepEqual({ labels: slice.metadata.labels, annotations: slice.metadata.annotations ?? {} }, { labels, annotations });

const mirror = (mirrored: Stored<Endpoints>, contents: readonly Content[], slices: readonly Stored<EndpointSlice>[]): readonly Action[] => {
  const metadata = metadataOf(mirrored);
  const spare = new Set(slices);
  const written = contents.flatMap((content): readonly Action[] => {
    const slice = takeFor(content, spare);
    if (slice === undefined) {
      if (mirrored.metadata.deletionTimestamp !== undefined) return []; // what is being collected is not made again
      return [{ do: "create", slice: { ...content, metadata: { ...metadata, generateName: `${mirrored.metadata.name}-` } } }];
    }
    return isSame(slice, content, metadata)
      ? []
      : [{ do: "update", slice: { ...slice, ...content, metadata: { ...slice.metadata, ...metadata } } }];
  });
  return [...written, ...[...spare].map((slice): Action => ({ do: "delete", slice }))];
};

/** What to write so that slices mirror the Endpoints of a Service without selector. */
export const decide = ({ service, endpoints: mirrored, slices }: Observed): readonly Action[] => {
  const managed = slices.filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER && metadata.deletionTimestamp === undefined);
  if (mirrored === undefined || !isMirrored(mirrored) || service === undefined || service.spec?.selector !== undefined)
    return managed.map((slice) => ({ do: "delete", slice }));
  const subsets = canonical(mirrored);
  const left = skipped(subsets);
  const message = `A max of ${MOST} addresses can be mirrored to EndpointSlices per Endpoints subset. ${left} addresses were skipped`;
  const warned: readonly Action[] = left === 0 ? [] : [{ do: "warn", endpoints: mirrored, message }];
  return [...warned, ...mirror(mirrored, subsets.flatMap(contentsOf), managed)];
};
