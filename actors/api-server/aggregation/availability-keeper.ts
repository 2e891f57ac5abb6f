// Keeps the condition Available of every APIService true to what is there: looks when the APIService, its Service or its
// slices change, and every 30 seconds besides, since no watch tells that a server died.
import { services } from "#api/core/v1/service.ts";
import { apiServices, type APIService } from "#api/apiregistration/v1/api-service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import type { V1APIServiceStatus } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { Random } from "#lib/random.ts";
import { every } from "../housekeeping.ts";
import type { Family } from "#lib/metrics.ts";
import { drawEndpoint, serviceOfSlice, slicesOf } from "../service-endpoint.ts";
import { failedDiscovery, faultOf, isAvailable, LOCAL, PASSED, serviceRefOf, statusSaying, type Word } from "./availability.ts";
import { AvailabilityCounts } from "./availability-counts.ts";
import { discoveryFault, discoveryPath, type Probe } from "./discovery-check.ts";
import { createKeeper, type Keeper, type KeeperPorts } from "./keeper.ts";

export type AvailabilityPorts = KeeperPorts & { readonly random: Random; readonly network: ClusterNetwork; readonly probe: Probe };

type Observed = { readonly service: Stored<APIService>; readonly word: Word };

type Action =
  | { readonly do: "report"; readonly service: Stored<APIService>; readonly status: V1APIServiceStatus; readonly word: Word }
  /** It is tried again, soon at first. */
  | { readonly do: "complain"; readonly word: Word };

const WORKERS = 5;
const LOOK_MS = 30_000;

/** Ends the try of a key, so that it comes again. */
class Unavailable extends Error {
  override readonly name = "Unavailable";
}

const decide = ({ service, word }: Observed, nowMs: number): readonly Action[] => {
  const status = statusSaying(service, word, nowMs);
  return [
    ...(status === undefined ? [] : [{ do: "report" as const, service, status, word }]),
    ...(word.reason === "FailedDiscoveryCheck" ? [{ do: "complain" as const, word }] : []),
  ];
};

const placeOf = (namespace: string | undefined, name: string): string => `${namespace ?? ""}/${name}`;

/** Looks after conditions. */
export class AvailabilityKeeper {
  readonly #ports: AvailabilityPorts;
  readonly #keeper: Keeper;
  readonly #counts = new AvailabilityCounts();
  /** Places of Services, by the APIServices whose servers they lead to. */
  readonly #places = new Map<string, string>();

  constructor(ports: AvailabilityPorts) {
    this.#ports = ports;
    this.#keeper = createKeeper<Observed, Action>("api-service-availability", ports, {
      workers: WORKERS,
      slowestMs: LOOK_MS,
      observe: (name, { signal }) => this.#observe(name, signal),
      decide,
      act: async (action, { client, signal }) => {
        if (action.do === "complain") throw new Unavailable(action.word.message);
        const { service, status, word } = action;
        await client.update(apiServices, { ...service, status }, { subresource: "status" }, signal);
        this.#counts.changed(service.metadata.name, isAvailable(service), word);
      },
    });
  }

  /** Works until `signal` is aborted. The server must serve already. */
  async run(signal: AbortSignal): Promise<void> {
    const { objects, clock } = this.#ports;
    objects.follow(apiServices, ({ name }, service) => this.#changed(name, service));
    objects.follow(services, ({ namespace, name }) => this.#wakeAt(placeOf(namespace, name)));
    objects.follow(endpointSlices, ({ namespace }, slice) => this.#sliceChanged(namespace, slice && serviceOfSlice(slice)));
    void every(clock, LOOK_MS, () => [...this.#places.keys()].forEach((name) => this.#keeper.wake(name)), signal);
    await this.#keeper.run(signal);
  }

  /** upstream: kube-aggregator/pkg/controllers/status/metrics */
  families(): readonly Family[] {
    return this.#counts.families();
  }

  #changed(name: string, service: APIService | undefined): void {
    const ref = service && serviceRefOf(service);
    if (ref === undefined) this.#places.delete(name);
    else this.#places.set(name, placeOf(ref.namespace, ref.name));
    if (service === undefined) this.#counts.forget(name);
    else this.#keeper.wake(name);
  }

  #wakeAt(place: string): void {
    if (this.#places.size === 0) return;
    for (const [name, at] of this.#places) if (at === place) this.#keeper.wake(name);
  }

  /** A slice that is gone does not say whose it was. */
  #sliceChanged(namespace: string | undefined, service: string | undefined): void {
    if (service !== undefined) return this.#wakeAt(placeOf(namespace, service));
    for (const [name, at] of this.#places) if (at.startsWith(`${namespace ?? ""}/`)) this.#keeper.wake(name);
  }

  async #observe(name: string, signal: AbortSignal): Promise<Observed | undefined> {
    const service = this.#ports.objects.get(apiServices, { name });
    if (service === undefined) return undefined;
    const word = await this.#wordOn(service, signal);
    if (this.#ports.objects.get(apiServices, { name }) === undefined) return undefined; // it has gone meanwhile
    this.#counts.is(name, word);
    return { service, word };
  }

  async #wordOn(apiService: APIService, signal: AbortSignal): Promise<Word> {
    const { objects, clock, probe } = this.#ports;
    const ref = serviceRefOf(apiService);
    if (ref === undefined) return LOCAL;
    const fault = faultOf(ref, objects.get(services, { namespace: ref.namespace, name: ref.name }), slicesOf(objects, ref));
    if (fault !== undefined) return fault;
    const locate = () => drawEndpoint(this.#ports, ref);
    const failed = await discoveryFault({ path: discoveryPath(apiService), locate, probe, clock }, signal);
    return failed === undefined ? PASSED : failedDiscovery(failed);
  }
}
