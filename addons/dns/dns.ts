// Cluster DNS: answers for the cluster's zone from what it watches, and asks the machine's resolvers about the rest.
import dns2 from "dns2";
import { namespaces } from "#api/core/v1/namespace.ts";
import { services, type Service } from "#api/core/v1/service.ts";
import { endpointSlices, type EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import type { Stored } from "#api/meta/object.ts";
import type { InformerSource } from "#lib/informers.ts";
import type { Logger } from "#lib/log.ts";
import { forward } from "./forward.ts";
import { packetFrom, packetOf, typeName } from "./packets.ts";
import { Zone, type View } from "./zone.ts";

export type DnsConfig = {
  /** `cluster.local`. */
  readonly domain: string;
  readonly address: string;
  readonly port: number;
  /** Resolvers for names outside the cluster. */
  readonly upstreams: readonly string[];
};

const ofService = (slice: Stored<EndpointSlice>): readonly string[] => {
  const name = slice.metadata.labels?.["kubernetes.io/service-name"];
  return name === undefined ? [] : [`${slice.metadata.namespace ?? ""}/${name}`];
};
const addressesOfSlice = (slice: Stored<EndpointSlice>): readonly string[] => [
  ...new Set((slice.endpoints ?? []).flatMap(({ addresses }) => addresses)),
];
const addressesOfService = ({ spec }: Stored<Service>): readonly string[] =>
  (spec?.clusterIPs ?? []).filter((address) => address !== "None");

/** The cluster's zone as the informers show the cluster, complete once `synced`. */
export const clusterZone = (informers: InformerSource, domain: string): { readonly zone: Zone; readonly synced: Promise<unknown> } => {
  const all = informers.of(services, { indexers: { address: addressesOfService } });
  const slices = informers.of(endpointSlices, { indexers: { service: ofService, address: addressesOfSlice } });
  const spaces = informers.of(namespaces);
  const view: View = {
    service: (namespace, name) => all.get(`${namespace}/${name}`),
    slices: (namespace, name) => slices.byIndex("service", `${namespace}/${name}`),
    hasNamespace: (name) => spaces.get(name) !== undefined,
    byAddress: (address) => all.byIndex("address", address),
    slicesByAddress: (address) => slices.byIndex("address", address),
  };
  return { zone: new Zone(domain, view), synced: Promise.all([all.synced, slices.synced, spaces.synced]) };
};

const answerWith =
  (zone: Zone, { domain, upstreams }: DnsConfig) =>
  async (request: dns2.Packet): Promise<dns2.Packet> => {
    const [question] = request.questions;
    if (question === undefined) return packetFrom(request, undefined);
    const type = typeName(question.type ?? 1);
    const reply = zone.resolve(question.name, type);
    if (reply.kind !== "not ours") return packetOf(request, reply, domain);
    return packetFrom(request, await forward(upstreams, { name: question.name, type }));
  };

/** Serves DNS over UDP and TCP until the signal is aborted; resolves when it listens and knows the cluster. Throws: when the address cannot be bound. */
export const serveDns = async (
  informers: InformerSource,
  config: DnsConfig,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<{ readonly closed: Promise<void> }> => {
  const { zone, synced } = clusterZone(informers, config.domain);
  const answer = answerWith(zone, config);
  const server = dns2.createServer({
    udp: true,
    tcp: true,
    handle: (request, send) => {
      answer(request).then(send, (error: unknown) => {
        logger("error", "cannot answer a query", { error });
        void send(packetFrom(request, undefined));
      });
    },
  });
  const failed = Promise.withResolvers<never>();
  server.on("error", failed.reject);
  await synced;
  const at = { port: config.port, address: config.address };
  await Promise.race([server.listen({ udp: at, tcp: at }), failed.promise]);
  const closed = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => void server.close().then(() => closed.resolve()), { once: true });
  return { closed: closed.promise };
};
