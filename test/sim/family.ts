// A process that makes work for the garbage collector: ConfigMaps that own ConfigMaps, whose names come again with other UIDs
// and other owners.
import { configMaps } from "#api/core/v1/config-map.ts";
import type { V1ConfigMap } from "#api/generated/types.ts";
import type { ObjectRef, OwnerReference, Stored } from "#api/meta/object.ts";
import type { Client } from "#lib/client.ts";
import { sleep, type Clock } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { ADMIN } from "./cluster.ts";
import { between, chance, oneOf } from "./draw.ts";
import type { Life } from "./process.ts";

const NAMESPACE = "default";
const PARENTS = ["mother", "father"];
const CHILDREN = ["first", "second", "third"];
const refOf = (name: string): ObjectRef & { readonly name: string } => ({ namespace: NAMESPACE, name });

/** Everybody whom the family ever had. */
export const FAMILY = [...PARENTS, ...CHILDREN].map(refOf);

/** Boots the process. */
export const bootFamily = ({ clock, connect, random }: Life): void => {
  const family = new Family(connect(ADMIN), clock, random);
  const again = (): void => {
    const wait = (): void => void clock.setTimeout(again, between(random, 3_000, 20_000));
    void family.generation().then(wait, wait);
  };
  again();
};

class Family {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(client: Client, clock: Clock, random: Random) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
  }

  /** Parents with children; then one parent leaves, while the other takes children by the names of the former. */
  async generation(): Promise<void> {
    const random = this.#random;
    const parents = await Promise.all(PARENTS.map((name) => this.#parent(name)));
    await Promise.all(CHILDREN.map((name) => this.#child(name, chance(random, 0.3) ? parents : [oneOf(random, parents)])));
    await sleep(this.#clock, between(random, 0, 2_000));
    const leaving = oneOf(random, parents);
    const propagationPolicy = oneOf(random, ["Background", "Background", "Foreground", "Orphan"] as const);
    await Promise.all([
      this.#client.delete(configMaps, leaving.metadata, { propagationPolicy }),
      ...CHILDREN.map(async (name) => {
        await sleep(this.#clock, between(random, 0, 5)); // the collector is as quick
        await this.#child(name, chance(random, 0.2) ? [leaving] : parents.filter((parent) => parent !== leaving));
      }),
    ]);
  }

  #parent(name: string): Promise<Stored<V1ConfigMap>> {
    const ref = refOf(name);
    return this.#client.create(configMaps, { metadata: ref }).catch(() => this.#client.get(configMaps, ref));
  }

  async #child(name: string, owners: readonly Stored[]): Promise<void> {
    await this.#client.delete(configMaps, refOf(name)).catch(() => undefined);
    await this.#client.create(configMaps, { metadata: { ...refOf(name), ownerReferences: owners.map(ownerOf) } });
  }
}

const ownerOf = ({ metadata: { name, uid } }: Stored): OwnerReference => ({ apiVersion: "v1", kind: "ConfigMap", name, uid });
