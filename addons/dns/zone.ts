// What the cluster's zone answers, as the Kubernetes DNS specification 1.1.0 says. Pure: objects come through `View`.
// https://github.com/kubernetes/dns/blob/master/docs/specification.md
import type { Service } from "#api/core/v1/service.ts";
import type { EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";

/** What the zone is made from. */
export interface View {
  service(namespace: string, name: string): Service | undefined;
  slices(namespace: string, service: string): readonly EndpointSlice[];
  hasNamespace(namespace: string): boolean;
  /** The Services with this cluster IP. */
  byAddress(address: string): readonly Service[];
  /** Slices with an endpoint at this address. */
  slicesByAddress(address: string): readonly EndpointSlice[];
}

export type Answer =
  | { readonly type: "A"; readonly name: string; readonly address: string }
  | { readonly type: "SRV"; readonly name: string; readonly target: string; readonly port: number; readonly weight: number }
  | { readonly type: "PTR"; readonly name: string; readonly domain: string }
  | { readonly type: "CNAME"; readonly name: string; readonly domain: string }
  | { readonly type: "TXT"; readonly name: string; readonly data: string };

/** The zone's word on a name: answers (none: the name exists without that type), or that there is no such name, or that it is not the zone's. */
export type Reply =
  | { readonly kind: "answers"; readonly answers: readonly Answer[]; readonly additionals: readonly Answer[] }
  | { readonly kind: "no such name" }
  | { readonly kind: "not ours" };

const NO_SUCH_NAME: Reply = { kind: "no such name" };
const answers = (list: readonly Answer[], additionals: readonly Answer[] = []): Reply => ({ kind: "answers", answers: list, additionals });

type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];

const hostOf = (endpoint: Endpoint, address: string): string => endpoint.hostname ?? address.replaceAll(".", "-");

/** The addresses of a headless Service's endpoints, with the name of each. */
const hosts = (
  service: Service,
  slices: readonly EndpointSlice[],
): readonly { readonly host: string; readonly address: string; readonly slice: EndpointSlice }[] =>
  slices.flatMap((slice) =>
    (slice.endpoints ?? [])
      .filter(({ conditions }) => service.spec?.publishNotReadyAddresses === true || conditions?.ready !== false)
      .flatMap((endpoint) => endpoint.addresses.map((address) => ({ host: hostOf(endpoint, address), address, slice }))),
  );

const isHeadless = (service: Service): boolean => service.spec?.clusterIP === "None";

/** Answers for `cluster.local` or another cluster domain. */
export class Zone {
  readonly #domain: string;
  readonly #view: View;
  constructor(domain: string, view: View) {
    this.#domain = domain;
    this.#view = view;
  }

  /** @param type A, AAAA, SRV, PTR, TXT, CNAME or ANY; others have no records here */
  resolve(question: string, type: string): Reply {
    const name = question.toLowerCase().replace(/\.$/, "");
    if (name.endsWith(".in-addr.arpa")) return this.#reverse(name, type);
    if (name === this.#domain) return answers([]);
    if (!name.endsWith(`.${this.#domain}`)) return { kind: "not ours" };
    const labels = name.slice(0, -this.#domain.length - 1).split(".");
    if (labels.length === 1 && labels[0] === "dns-version") return answers(type === "TXT" ? [{ type: "TXT", name, data: "1.1.0" }] : []);
    const root = labels.at(-1);
    if (root === "svc") return this.#ofService(name, labels.slice(0, -1), type);
    return root === "pod" ? this.#ofPod(name, labels.slice(0, -1), type) : NO_SUCH_NAME;
  }

  #ofService(name: string, labels: readonly string[], type: string): Reply {
    const [namespace, serviceName, ...rest] = labels.toReversed();
    if (namespace === undefined) return answers([]);
    if (!this.#view.hasNamespace(namespace)) return NO_SUCH_NAME;
    if (serviceName === undefined) return answers([]);
    const service = this.#view.service(namespace, serviceName);
    return service === undefined ? NO_SUCH_NAME : this.#inService(name, service, { labels: rest.toReversed(), type });
  }

  #inService(name: string, service: Service, { labels, type }: { readonly labels: readonly string[]; readonly type: string }): Reply {
    const [first, second, ...rest] = labels;
    if (first === undefined) return this.#address(name, service, type);
    if (second === undefined) return this.#host(name, service, { host: first, type });
    const isSrv = rest.length === 0 && first.startsWith("_") && second.startsWith("_");
    return isSrv ? this.#srv(name, service, { port: first.slice(1), protocol: second.slice(1), type }) : NO_SUCH_NAME;
  }

  #address(name: string, service: Service, type: string): Reply {
    const { spec } = service;
    if (spec?.type === "ExternalName") return answers([{ type: "CNAME", name, domain: spec.externalName ?? "" }]);
    if (type === "SRV") return this.#srvOfAll(name, service);
    const addresses = this.#addressesOf(service);
    if (isHeadless(service) && addresses.length === 0) return NO_SUCH_NAME;
    return answers(type === "A" || type === "ANY" ? addresses.map((address) => ({ type: "A", name, address })) : []);
  }

  #addressesOf(service: Service): readonly string[] {
    if (isHeadless(service)) return [...new Set(hosts(service, this.#slices(service)).map(({ address }) => address))];
    return [service.spec?.clusterIP ?? ""].filter((address) => address !== "");
  }

  #host(name: string, service: Service, { host, type }: { readonly host: string; readonly type: string }): Reply {
    const found = hosts(service, this.#slices(service)).filter((entry) => entry.host === host);
    if (!isHeadless(service) || found.length === 0) return NO_SUCH_NAME;
    return answers(type === "A" || type === "ANY" ? found.map(({ address }) => ({ type: "A", name, address })) : []);
  }

  #srvOfAll(name: string, service: Service): Reply {
    const replies = (service.spec?.ports ?? []).map((port) =>
      this.#srv(name, service, { port: port.name ?? "", protocol: (port.protocol ?? "TCP").toLowerCase(), type: "SRV" }),
    );
    const found = replies.filter((reply) => reply.kind === "answers");
    return answers(
      found.flatMap((reply) => reply.answers),
      found.flatMap((reply) => reply.additionals),
    );
  }

  #srv(
    name: string,
    service: Service,
    { port, protocol, type }: { readonly port: string; readonly protocol: string; readonly type: string },
  ): Reply {
    const own = this.#nameOf(service);
    const matches = (candidate: { readonly name?: string | undefined; readonly protocol?: string | undefined }): boolean =>
      (candidate.name ?? "") === port && (candidate.protocol ?? "TCP").toLowerCase() === protocol;
    if (!isHeadless(service)) {
      const found = service.spec?.ports?.find(matches);
      if (found === undefined) return NO_SUCH_NAME;
      return type === "SRV"
        ? answers(
            [{ type: "SRV", name, target: own, port: found.port, weight: 100 }],
            [{ type: "A", name: own, address: service.spec?.clusterIP ?? "" }],
          )
        : answers([]);
    }
    const found = hosts(service, this.#slices(service)).flatMap(({ host, address, slice }) => {
      const at = slice.ports?.find(matches)?.port;
      return at === undefined ? [] : [{ target: `${host}.${own}`, address, port: at }];
    });
    if (found.length === 0) return NO_SUCH_NAME;
    if (type !== "SRV") return answers([]);
    const weight = Math.max(1, Math.floor(100 / found.length));
    return answers(
      found.map(({ target, port: at }) => ({ type: "SRV", name, target, port: at, weight })),
      found.map(({ target, address }) => ({ type: "A", name: target, address })),
    );
  }

  #ofPod(name: string, labels: readonly string[], type: string): Reply {
    const [dashed = "", namespace = "", ...rest] = labels;
    const address = dashed.replaceAll("-", ".");
    if (rest.length > 0 || !/^\d{1,3}(\.\d{1,3}){3}$/.test(address) || !this.#view.hasNamespace(namespace)) return NO_SUCH_NAME;
    return answers(type === "A" || type === "ANY" ? [{ type: "A", name, address }] : []);
  }

  #reverse(name: string, type: string): Reply {
    const address = name.slice(0, -".in-addr.arpa".length).split(".").toReversed().join(".");
    const ofServices = this.#view.byAddress(address).map((service) => this.#nameOf(service));
    const ofHosts = this.#view.slicesByAddress(address).flatMap((slice) => this.#headlessNames(slice, address));
    const domains = [...new Set([...ofServices, ...ofHosts])];
    if (domains.length === 0) return { kind: "not ours" };
    return answers(type === "PTR" || type === "ANY" ? domains.map((domain) => ({ type: "PTR", name, domain })) : []);
  }

  #headlessNames(slice: EndpointSlice, address: string): readonly string[] {
    const service = this.#view.service(slice.metadata?.namespace ?? "", slice.metadata?.labels?.["kubernetes.io/service-name"] ?? "");
    if (service === undefined || !isHeadless(service)) return [];
    return (slice.endpoints ?? [])
      .filter(({ addresses }) => addresses.includes(address))
      .map((endpoint) => `${hostOf(endpoint, address)}.${this.#nameOf(service)}`);
  }

  #slices(service: Service): readonly EndpointSlice[] {
    return this.#view.slices(service.metadata?.namespace ?? "", service.metadata?.name ?? "");
  }

  #nameOf({ metadata }: Service): string {
    return `${metadata?.name ?? ""}.${metadata?.namespace ?? ""}.svc.${this.#domain}`;
  }
}
