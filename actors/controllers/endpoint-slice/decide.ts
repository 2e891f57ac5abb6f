// The EndpointSlices that a Service's pods make. Pure. upstream: staging/src/k8s.io/endpointslice/reconciler.go, utils.go
import type { Pod } from "#api/core/v1/pod.ts";
import { services, type Service } from "#api/core/v1/service.ts";
import type { EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { controllerReference } from "../pods/claim.ts";
import { hasEnded, isReady } from "../pods/pod-state.ts";

export const SERVICE_LABEL = "kubernetes.io/service-name";
export const MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
export const MANAGER = "endpointslice-controller.k8s.io";
const HEADLESS = "service.kubernetes.io/headless";
/** upstream: --max-endpoints-per-slice */
const MOST = 100;

export type Observed = {
  readonly service: Stored<Service> | undefined;
  readonly pods: readonly Stored<Pod>[];
  readonly slices: readonly Stored<EndpointSlice>[];
};
export type Action =
  | { readonly do: "create"; readonly slice: EndpointSlice }
  | { readonly do: "update"; readonly slice: Stored<EndpointSlice> }
  | { readonly do: "delete"; readonly slice: Stored<EndpointSlice> };

type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];
type Port = NonNullable<EndpointSlice["ports"]>[number];
type ServicePort = NonNullable<NonNullable<Service["spec"]>["ports"]>[number];

type Container = NonNullable<Pod["spec"]>["containers"][number];

const runningContainers = ({ spec }: Pod): readonly Container[] => [
  ...(spec?.containers ?? []),
  ...(spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always"),
];

/** The pod's port that a Service's target names. upstream: FindPort */
export const findPort = (pod: Pod, { targetPort, port, protocol = "TCP" }: ServicePort): number | undefined => {
  if (targetPort === undefined || targetPort === "" || targetPort === 0) return port;
  if (typeof targetPort === "number") return targetPort;
  const ports = runningContainers(pod).flatMap((container) => container.ports ?? []);
  return ports.find((candidate) => candidate.name === targetPort && (candidate.protocol ?? "TCP") === protocol)?.containerPort;
};

const portsOf = (service: Service, pod: Pod): readonly Port[] => {
  const ports = service.spec?.ports ?? [];
  if (ports.length === 0 && service.spec?.clusterIP === "None") return [];
  return ports.flatMap((port) => {
    const found = findPort(pod, port);
    return found === undefined
      ? []
      : [
          {
            name: port.name ?? "",
            protocol: port.protocol ?? "TCP",
            port: found,
            ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
          },
        ];
  });
};

const conditionsOf = (service: Service, pod: Stored<Pod>): NonNullable<Endpoint["conditions"]> => {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return { ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating), serving, terminating };
};

const endpointOf = (service: Stored<Service>, pod: Stored<Pod>): Endpoint => {
  const { name, namespace, uid } = pod.metadata;
  const { subdomain, hostname, nodeName }: Partial<NonNullable<Pod["spec"]>> = pod.spec ?? {};
  return {
    addresses: [pod.status?.podIP ?? ""],
    conditions: conditionsOf(service, pod),
    ...(hostname === undefined || subdomain !== service.metadata.name ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
};

const isListed = (pod: Stored<Pod>): boolean => (pod.status?.podIP ?? "") !== "" && !hasEnded(pod);

const sliceFor = (service: Stored<Service>, ports: readonly Port[], endpoints: readonly Endpoint[]): EndpointSlice => {
  const { name, namespace, labels } = service.metadata;
  const headless = service.spec?.clusterIP === "None" ? { [HEADLESS]: "" } : {};
  return {
    addressType: "IPv4",
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_LABEL]: name, [MANAGED_BY]: MANAGER, ...headless },
      ownerReferences: [controllerReference(services, service)],
    },
    ports,
    endpoints,
  };
};

/** Chunks of endpoints, the way existing slices hold them: an endpoint stays in its slice, new ones fill up gaps. */
const pack = (
  existing: readonly Stored<EndpointSlice>[],
  endpoints: readonly Endpoint[],
): { readonly kept: readonly (readonly Endpoint[])[]; readonly fresh: readonly (readonly Endpoint[])[] } => {
  const byAddress = new Map(endpoints.map((endpoint) => [endpoint.addresses[0] ?? "", endpoint]));
  const kept: Endpoint[][] = existing.map((slice) =>
    (slice.endpoints ?? []).flatMap(({ addresses }) => {
      const found = byAddress.get(addresses[0] ?? "");
      byAddress.delete(addresses[0] ?? "");
      return found === undefined ? [] : [found];
    }),
  );
  const left = [...byAddress.values()];
  for (const slice of kept) slice.push(...left.splice(0, Math.max(0, MOST - slice.length)));
  const fresh: (readonly Endpoint[])[] = [];
  while (left.length > 0) fresh.push(left.splice(0, MOST));
  return { kept, fresh };
};

const reconcileGroup = (
  service: Stored<Service>,
  existing: readonly Stored<EndpointSlice>[],
  { ports, endpoints }: { readonly ports: readonly Port[]; readonly endpoints: readonly Endpoint[] },
): readonly Action[] => {
  const { kept, fresh } = pack(existing, endpoints);
  const changed = existing.flatMap((slice, index): readonly Action[] => {
    const content = kept[index] ?? [];
    if (content.length === 0 && (endpoints.length > 0 || index > 0)) return [{ do: "delete", slice }];
    const wanted = sliceFor(service, ports, content);
    const same = deepEqual(slice.endpoints ?? [], content) && deepEqual(slice.metadata.labels, wanted.metadata?.labels);
    return same
      ? []
      : [
          {
            do: "update",
            slice: { ...slice, ports, endpoints: content, metadata: { ...slice.metadata, labels: wanted.metadata?.labels } },
          },
        ];
  });
  const none = endpoints.length === 0 && existing.length === 0;
  const created = (none ? [[]] : fresh).map((content): Action => ({ do: "create", slice: sliceFor(service, ports, content) }));
  return [...changed, ...created];
};

type Group = { readonly ports: readonly Port[]; readonly endpoints: readonly Endpoint[] };

/** The same for slices with the same ports. */
export const keyOfPorts = (ports: readonly Port[]): string =>
  JSON.stringify(
    ports.map(({ name, protocol, port, appProtocol }) => ({ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) })),
  );

/** Pods by the ports that they really have: named target ports may differ between pods. */
const groupsOf = (service: Stored<Service>, pods: readonly Stored<Pod>[]): ReadonlyMap<string, Group> => {
  const groups = new Map<string, { readonly ports: readonly Port[]; readonly endpoints: Endpoint[] }>();
  for (const pod of pods.filter(isListed)) {
    const ports = portsOf(service, pod);
    const key = keyOfPorts(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod));
    groups.set(key, group);
  }
  return groups;
};

const hasEndpoints = (service: Stored<Service> | undefined): service is Stored<Service> =>
  service !== undefined && service.metadata.deletionTimestamp === undefined && service.spec?.type !== "ExternalName";

/** What to write so that the slices show the Service's pods. A Service without selector keeps its slices to itself. */
export const decide = ({ service, pods, slices }: Observed): readonly Action[] => {
  const managed = slices.filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER && metadata.deletionTimestamp === undefined);
  if (!hasEndpoints(service)) return managed.map((slice) => ({ do: "delete", slice }));
  if (service.spec?.selector === undefined) return [];
  const found = groupsOf(service, pods);
  const [first] = managed;
  const groups =
    found.size > 0 ? found : new Map<string, Group>([[keyOfPorts(first?.ports ?? []), { ports: first?.ports ?? [], endpoints: [] }]]);
  const keyOf = (slice: Stored<EndpointSlice>): string => keyOfPorts(slice.ports ?? []);
  const orphaned = managed.filter((slice) => !groups.has(keyOf(slice))).map((slice): Action => ({ do: "delete", slice }));
  return [
    ...[...groups].flatMap(([key, group]) =>
      reconcileGroup(
        service,
        managed.filter((slice) => keyOf(slice) === key),
        group,
      ),
    ),
    ...orphaned,
  ];
};
