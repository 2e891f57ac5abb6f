// The addresses of Services. Each that is had is an IPAddress, and who creates that has the address, so that no two servers
// give one twice. They come from the networks of the ServiceCIDRs that are ready.
// upstream: pkg/registry/core/service/ipallocator/{ipallocator,cidrallocator}.go, KEP-1880
//
// I1 a Service's address is an IPAddress before the Service is written, and until the Service is gone or has let go of it.
import type { V1IPAddress, V1ParentReference, V1ServiceCIDR } from "#api/generated/types.ts";
import { services, type Service } from "#api/core/v1/service.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { ipAddresses } from "#api/networking/v1/ip-address.ts";
import { serviceCidrs } from "#api/networking/v1/service-cidr.ts";
import { isReason } from "#api/meta/status.ts";
import type { Client } from "#lib/client.ts";
import type { Random } from "#lib/random.ts";
import type { ObjectSource } from "../objects.ts";
import { addressesFrom, inRange, rangeOf, type AddressRange } from "./address-range.ts";
import { Taken } from "./refusals.ts";

/** Who made an IPAddress that belongs to a Service. upstream: ipallocator.ControllerName */
export const MANAGED_BY = "ipallocator.k8s.io";

const FAMILY = "ipaddress.kubernetes.io/ip-family";
const MANAGER = "ipaddress.kubernetes.io/managed-by";
const LABELS = { [FAMILY]: "IPv4", [MANAGER]: MANAGED_BY };

/** True for an IPAddress that was made for a Service. */
export const isManaged = ({ metadata }: V1IPAddress): boolean => metadata?.labels?.[MANAGER] === MANAGED_BY;

/** True when the labels are as the allocator sets them. */
export const isLabelled = ({ metadata }: V1IPAddress): boolean =>
  Object.entries(LABELS).every(([label, value]) => metadata?.labels?.[label] === value);

/** The Service as an IPAddress names it. */
export const parentOf = ({ metadata }: Service): V1ParentReference => ({
  resource: services.resource,
  namespace: metadata?.namespace,
  name: metadata?.name ?? "",
});

/** The IPAddress of a Service. */
export const addressOf = (address: string, service: Service): V1IPAddress => ({
  metadata: { name: address, labels: LABELS },
  spec: { parentRef: parentOf(service) },
});

/** It has gone already, and perhaps another is in its place. */
const ignoreGone = (error: unknown): void => {
  if (!isReason(error, "NotFound") && !isReason(error, "Conflict")) throw error;
};

/** Where nobody has said that a network is not ready, it is. upstream: isReady in cidrallocator.go */
const isReady = ({ metadata, status }: V1ServiceCIDR): boolean =>
  metadata?.deletionTimestamp === undefined && status?.conditions?.find(({ type }) => type === "Ready")?.status !== "False";

export type AddressPorts = {
  readonly objects: ObjectSource;
  /** Writes as the server itself. */
  readonly client: () => Client;
  readonly random: Random;
};

/** The addresses of one cluster. */
export class ClusterAddresses {
  readonly #ports: AddressPorts;

  constructor(ports: AddressPorts) {
    this.#ports = ports;
  }

  /** Throws: Taken when the address is in none of the networks. */
  requireKnown(address: string): void {
    if (!this.#ranges().some((range) => inRange(range, address))) throw new Taken("the provided network does not match the current range");
  }

  isHad(address: string): boolean {
    return this.#ports.objects.get(ipAddresses, { name: address }) !== undefined;
  }

  /** True when the address is had by the Service. */
  isOf(address: string, service: Service): boolean {
    return deepEqual(this.#ports.objects.get(ipAddresses, { name: address })?.spec?.parentRef, parentOf(service));
  }

  /** Every address that the server may choose, in the order in which it does. */
  *choices(): Generator<string> {
    const start = this.#ports.random.next();
    for (const range of this.#ranges()) yield* addressesFrom(range, start);
  }

  /** Makes the address the Service's. False: somebody else has it. Throws: ApiError. */
  async claim(address: string, service: Service): Promise<boolean> {
    try {
      await this.#ports.client().create(ipAddresses, addressOf(address, service));
      return true;
    } catch (error) {
      if (isReason(error, "AlreadyExists")) return false;
      throw error;
    }
  }

  /** Gives an address back, if it has been claimed. `uid`: only this IPAddress goes. Throws: ApiError. */
  async release(address: string, uid?: string): Promise<void> {
    const options = uid === undefined ? {} : { preconditions: { uid } };
    await this.#ports.client().delete(ipAddresses, { name: address }, options).catch(ignoreGone);
  }

  #ranges(): readonly AddressRange[] {
    return [...this.#ports.objects.list(serviceCidrs)]
      .filter(isReady)
      .flatMap(({ spec }) => spec?.cidrs ?? [])
      .map(rangeOf)
      .filter((range) => range !== undefined);
  }
}
