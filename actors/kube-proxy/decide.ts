// Which addresses a node proxies and where to, from Services and EndpointSlices. Pure. upstream: pkg/proxy/endpointschange.go
import type { EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import type { Service } from "#api/core/v1/service.ts";

/** Where a connection may go. */
export type Backend = { readonly address: string; readonly port: number };

/** One address and port that the node listens on for a Service. */
export type Front = {
  /** `TCP/10.96.0.10:53`, unique on the node. */
  readonly key: string;
  readonly protocol: "TCP" | "UDP";
  readonly address: string;
  readonly port: number;
  readonly backends: readonly Backend[];
  /** How long a client stays with its backend; undefined: every connection is balanced anew. */
  readonly affinityMs: number | undefined;
};

/** What the node is, for traffic policies and node ports. */
export type NodeSide = { readonly name: string; readonly addresses: readonly string[] };

type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];
type Port = NonNullable<NonNullable<Service["spec"]>["ports"]>[number];

const usable = (endpoints: readonly Endpoint[]): readonly Endpoint[] => {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  // KEP-1669: while no endpoint is ready, those that end but still serve are better than nothing
  return ready.length > 0 ? ready : endpoints.filter(({ conditions }) => conditions?.serving === true && conditions.terminating === true);
};

const backendsOf = (port: Port, slices: readonly EndpointSlice[], localTo: string | undefined): readonly Backend[] => {
  const found = slices.flatMap((slice) => {
    const target = slice.ports?.find(
      (candidate) => (candidate.name ?? "") === (port.name ?? "") && (candidate.protocol ?? "TCP") === (port.protocol ?? "TCP"),
    );
    return target?.port === undefined ? [] : (slice.endpoints ?? []).map((endpoint) => ({ endpoint, port: target.port ?? 0 }));
  });
  const chosen = new Set(
    usable(found.map(({ endpoint }) => endpoint)).filter((endpoint) => localTo === undefined || endpoint.nodeName === localTo),
  );
  const backends = found
    .filter(({ endpoint }) => chosen.has(endpoint))
    .flatMap(({ endpoint, port: at }) => endpoint.addresses.map((address) => ({ address, port: at })));
  return backends.toSorted((a, b) => a.address.localeCompare(b.address) || a.port - b.port);
};

const isProxied = ({ spec }: Service): boolean =>
  spec?.type !== "ExternalName" && spec?.clusterIP !== undefined && spec.clusterIP !== "" && spec.clusterIP !== "None";

const affinityOf = ({ spec }: Service): number | undefined =>
  spec?.sessionAffinity === "ClientIP" ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) * 1000 : undefined;

/** What to listen on for one Service. Empty for headless and ExternalName Services. */
export const frontsOf = (service: Service, slices: readonly EndpointSlice[], node: NodeSide): readonly Front[] => {
  const { spec } = service;
  if (spec === undefined || !isProxied(service)) return [];
  const affinityMs = affinityOf(service);
  const front = (address: string, port: number, of: Port, localTo?: string): Front => {
    const protocol = of.protocol === "UDP" ? "UDP" : "TCP";
    return { key: `${protocol}/${address}:${port}`, protocol, address, port, backends: backendsOf(of, slices, localTo), affinityMs };
  };
  return (spec.ports ?? [])
    .filter(({ protocol }) => protocol !== "SCTP")
    .flatMap((port) => {
      const inside = [...new Set([spec.clusterIP ?? "", ...(spec.externalIPs ?? [])])]
        .filter((address) => address !== "")
        .map((address) => front(address, port.port, port));
      const local = spec.externalTrafficPolicy === "Local" ? node.name : undefined;
      const outside =
        port.nodePort === undefined || port.nodePort === 0
          ? []
          : node.addresses.map((address) => front(address, port.nodePort ?? 0, port, local));
      return [...inside, ...outside];
    });
};

/** Which listeners to open, to give new backends, and to close. */
export const changes = (
  before: ReadonlyMap<string, Front>,
  after: readonly Front[],
): { readonly open: readonly Front[]; readonly update: readonly Front[]; readonly close: readonly string[] } => {
  const wanted = new Set(after.map(({ key }) => key));
  return {
    open: after.filter(({ key }) => !before.has(key)),
    update: after.filter(({ key }) => before.has(key)),
    close: [...before.keys()].filter((key) => !wanted.has(key)),
  };
};
