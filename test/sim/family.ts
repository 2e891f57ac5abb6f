// A process that makes work for the garbage collector: ConfigMaps that own ConfigMaps, whose names come again with other UIDs
// and other owners.
import { configMaps } from "#api/core/v1/config-map.ts";
import type { V1ConfigMap } from "#api/generated/types.ts";
import type { ObjectRef, OwnerReference, Stored } from "#api/meta/object.ts";
import type { Client } from "#lib/client.ts";
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
  const client = connect(ADMIN);
  const again = (): void => {
    const wait = (): void => void clock.setTimeout(again, between(random, 3_000, 20_000));
    void generation(client, random).then(wait, wait);
  };
  again();
};

/** A parent goes, and mostly one of that name is there again at once, with children that go by the names of the former. */
const generation = async (client: Client, random: Random): Promise<void> => {
  const propagationPolicy = oneOf(random, ["Background", "Background", "Foreground", "Orphan"] as const);
  await client.delete(configMaps, refOf(oneOf(random, PARENTS)), { propagationPolicy }).catch(() => undefined);
  if (chance(random, 0.2)) return;
  const parents = await Promise.all(PARENTS.map((name) => bear(client, name)));
  await Promise.all(
    CHILDREN.map(async (name) => {
      await client.delete(configMaps, refOf(name)).catch(() => undefined);
      const some = parents.filter(() => chance(random, 0.7));
      await client.create(configMaps, { metadata: { ...refOf(name), ownerReferences: (some.length > 0 ? some : parents).map(ownerOf) } });
    }),
  );
};

const bear = (client: Client, name: string): Promise<Stored<V1ConfigMap>> =>
  client.create(configMaps, { metadata: refOf(name) }).catch(() => client.get(configMaps, refOf(name)));

const ownerOf = ({ metadata: { name, uid } }: Stored): OwnerReference => ({ apiVersion: "v1", kind: "ConfigMap", name, uid });
