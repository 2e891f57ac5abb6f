// Which addresses and node ports are taken. The Services in the watch cache say so; a write under way holds a reservation
// until the cache has it. So nothing leaks, nothing needs repair, and a restart begins with the truth.
import type { V1Service } from "#api/generated/types.ts";
import { clusterIpsOf } from "#api/core/v1/service-spec.ts";
import { objectKey } from "#api/meta/object.ts";
import type { ResourceCache } from "../cache/resource-cache.ts";

/** What a Service has taken: addresses as they are, ports as `port/30080`. */
export const numbersOf = ({ spec = {} }: V1Service): readonly string[] => [
  ...clusterIpsOf(spec).filter((ip) => ip !== "None"),
  ...[...(spec.ports ?? []).map(({ nodePort }) => nodePort), spec.healthCheckNodePort]
    .filter((port) => port !== undefined && port > 0)
    .map((port) => portNumber(port ?? 0)),
];

/** A node port as a number of this file. */
export const portNumber = (port: number): string => `port/${port}`;

/** The numbers of all Services. */
export class Numbers {
  readonly #owners = new Map<string, string>();
  readonly #reserved = new Set<string>();

  constructor(services: ResourceCache) {
    for (const { object } of services.entries()) this.#give(object);
    services.onChange(({ entry, previous, deleted }) => {
      if (previous !== undefined) this.#take(previous.object);
      if (!deleted) this.#give(entry.object);
    });
  }

  /** True when the Service called `key` may have the number. */
  isFree(number: string, key: string): boolean {
    const owner = this.#owners.get(number);
    return (owner === undefined || owner === key) && !this.#reserved.has(number);
  }

  /** Holds a number that is free. */
  reserve(number: string): void {
    this.#reserved.add(number);
  }

  release(numbers: Iterable<string>): void {
    for (const number of numbers) this.#reserved.delete(number);
  }

  #give(service: V1Service): void {
    for (const number of numbersOf(service)) this.#owners.set(number, objectKey(service));
  }

  #take(service: V1Service): void {
    for (const number of numbersOf(service)) if (this.#owners.get(number) === objectKey(service)) this.#owners.delete(number);
  }
}
