// What a Service gets that only the server can give: its address, its node ports.
// upstream: pkg/registry/core/service/storage/alloc.go
import type { V1Service } from "#api/generated/types.ts";
import { services } from "#api/core/v1/service.ts";
import { clusterIpsOf, isHeadless, needsClusterIp } from "#api/core/v1/service-spec.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { objectKey, type Draft } from "#api/meta/object.ts";
import { ipAddresses } from "#api/networking/v1/ip-address.ts";
import type { Logger } from "#lib/log.ts";
import type { ResourceCache } from "../cache/resource-cache.ts";
import type { Allocation } from "./allocation.ts";
import { ClusterAddresses, type AddressPorts } from "./cluster-addresses.ts";
import { Numbers } from "./numbers.ts";
import { failureOf, refusalOf, Taken } from "./refusals.ts";
import { repairsOf } from "./repair.ts";
import { Reservation, type PortRange } from "./reservation.ts";
import { settleFamilies } from "./service-families.ts";
import { settlePorts } from "./service-ports.ts";

export type AllocatorOptions = AddressPorts & { readonly nodePorts: PortRange; readonly log: Logger };

/** A Service that is written: as it was and as it is to be, and what it holds meanwhile. */
type Write = {
  readonly draft: Draft<V1Service>;
  readonly old: V1Service | undefined;
  readonly isDry: boolean;
  readonly held: Reservation;
  /** Addresses that were claimed for it. */
  readonly claimed: string[];
};

const addressesOf = (service: V1Service | undefined): readonly string[] =>
  clusterIpsOf(service?.spec ?? {}).filter((address) => address !== "None" && address !== "");

/** Allocates for the Services of one cache. */
export class ServiceAllocator {
  readonly #numbers: Numbers;
  readonly #addresses: ClusterAddresses;
  readonly #options: AllocatorOptions;

  constructor(cache: ResourceCache, options: AllocatorOptions) {
    this.#numbers = new Numbers(cache);
    this.#addresses = new ClusterAddresses(options);
    this.#options = options;
  }

  /** Completes a Service that is about to be written, or only tried: `isDry`. Throws: Invalid, InternalError. */
  async settle(draft: Draft<V1Service>, old: V1Service | undefined, isDry: boolean): Promise<Allocation> {
    const { nodePorts: range, random } = this.#options;
    const write: Write = { draft, old, isDry, held: new Reservation(this.#numbers, objectKey(draft)), claimed: [] };
    try {
      settleFamilies(draft, (draft.spec ??= {}), old?.spec);
      settlePorts(draft, write.held, { range, random });
      await this.#settleAddress(write);
      return this.#allocation(write);
    } catch (error) {
      write.held.release();
      throw error;
    }
  }

  /** Gives back what a Service had that is gone. */
  async giveBack(service: V1Service): Promise<void> {
    for (const address of addressesOf(service)) if (this.#addresses.isOf(address, service)) await this.#release(address);
  }

  /** Brings the IPAddresses to what the Services say. Throws: ApiError. */
  async repair(nowMs: number): Promise<void> {
    const { objects, log } = this.#options;
    const repairs = repairsOf({ services: objects.list(services), addresses: objects.list(ipAddresses) }, nowMs);
    for (const repair of repairs) {
      log("warn", "the address of a Service is repaired", { do: repair.do, address: repair.address });
      if (repair.do !== "create") await this.#addresses.release(repair.address, repair.uid);
      if (repair.do !== "delete") await this.#addresses.claim(repair.address, repair.service);
    }
  }

  #allocation({ draft, old, isDry, held, claimed }: Write): Allocation {
    const lost = isDry ? [] : addressesOf(old).filter((address) => !addressesOf(draft).includes(address));
    return {
      keep: async () => {
        claimed.length = 0;
        for (const address of lost) await this.#release(address);
      },
      [Symbol.asyncDispose]: async () => {
        held.release();
        for (const address of claimed) await this.#release(address);
      },
    };
  }

  async #settleAddress(write: Write): Promise<void> {
    const { draft, old } = write;
    const spec = (draft.spec ??= {});
    if (!needsClusterIp(spec) || isHeadless(spec)) return;
    if (old?.spec !== undefined && needsClusterIp(old.spec)) return; // what it had it keeps, or validation says so
    const [wished = ""] = spec.clusterIPs ?? [];
    const explain = (why: string) => invalidValue("spec.clusterIPs", spec.clusterIPs, `failed to allocate IP ${wished}: ${why}`);
    const address =
      wished === ""
        ? await this.#next(write).catch(failureOf("failed to allocate a serviceIP"))
        : await this.#take(wished, write).catch(refusalOf(draft, explain));
    spec.clusterIP = address;
    spec.clusterIPs = [address];
  }

  /** An address that a Service of this name has is let pass: that there is such a Service is then what is refused. Throws: Taken. */
  async #take(address: string, write: Write): Promise<string> {
    this.#addresses.requireKnown(address);
    if (this.#addresses.isOf(address, write.draft)) return address;
    if (this.#addresses.isHad(address) || !(await this.#claim(address, write))) throw new Taken("provided IP is already allocated");
    return address;
  }

  /** Throws: Taken. */
  async #next(write: Write): Promise<string> {
    for (const address of this.#addresses.choices()) {
      if (!this.#addresses.isHad(address) && (await this.#claim(address, write))) return address;
    }
    throw new Taken("range is full");
  }

  /** False: it is not to be had. */
  async #claim(address: string, { draft, isDry, held, claimed }: Write): Promise<boolean> {
    if (!held.takeAddress(address)) return false;
    if (isDry) return true;
    const isClaimed = await this.#addresses.claim(address, draft);
    if (isClaimed) claimed.push(address);
    return isClaimed;
  }

  /** An address that could not be given back goes back when addresses are next repaired. */
  async #release(address: string): Promise<void> {
    const { log } = this.#options;
    await this.#addresses.release(address).catch((error: unknown) => log("warn", "an address could not be given back", { address, error }));
  }
}
