// What is amiss between Services and the IPAddresses that were made for them: a server ended between two writes, somebody
// deleted an IPAddress, or the Services are older than IPAddresses are. Pure.
// upstream: pkg/registry/core/service/ipallocator/controller/repairip.go
import type { V1IPAddress, V1Service } from "#api/generated/types.ts";
import { clusterIpsOf } from "#api/core/v1/service-spec.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { isLabelled, isManaged, parentOf } from "./cluster-addresses.ts";

/** `recreate`: the IPAddress says something else than it should, and may not be changed. `uid`: of the IPAddress that goes. */
export type Repair =
  | { readonly do: "create"; readonly address: string; readonly service: V1Service }
  | { readonly do: "recreate"; readonly address: string; readonly uid: string; readonly service: V1Service }
  | { readonly do: "delete"; readonly address: string; readonly uid: string };

/** How old an IPAddress must be before it is one too many: its Service may be under way. */
const GRACE_MS = 60_000;

type Observed = {
  readonly services: Iterable<Stored<V1Service>>;
  readonly addresses: Iterable<Stored<V1IPAddress>>;
};

/** What brings the IPAddresses to what the Services say. */
export const repairsOf = ({ services, addresses }: Observed, nowMs: number): readonly Repair[] => {
  const owners = ownersOf(services);
  const present = new Map([...addresses].map((address) => [address.metadata.name, address]));
  const wanted = [...owners].flatMap(([address, service]) => repairOf(service, address, present.get(address)));
  return [...wanted, ...[...present.values()].filter((address) => isOrphan(address, owners, nowMs)).map(deletionOf)];
};

/** Of two Services with one address the first keeps it: the other must be made anew. */
const ownersOf = (services: Iterable<Stored<V1Service>>): ReadonlyMap<string, V1Service> => {
  const owners = new Map<string, V1Service>();
  for (const service of services) {
    for (const ip of clusterIpsOf(service.spec ?? {})) if (ip !== "None" && ip !== "" && !owners.has(ip)) owners.set(ip, service);
  }
  return owners;
};

const repairOf = (service: V1Service, address: string, present: Stored<V1IPAddress> | undefined): readonly Repair[] => {
  if (present === undefined) return [{ do: "create", address, service }];
  const isRight = deepEqual(present.spec?.parentRef, parentOf(service)) && isLabelled(present);
  return isRight ? [] : [{ do: "recreate", address, uid: present.metadata.uid, service }];
};

const isOrphan = (address: Stored<V1IPAddress>, owners: ReadonlyMap<string, V1Service>, nowMs: number): boolean =>
  isManaged(address) && !owners.has(address.metadata.name) && nowMs - Date.parse(address.metadata.creationTimestamp) > GRACE_MS;

const deletionOf = ({ metadata }: Stored<V1IPAddress>): Repair => ({ do: "delete", address: metadata.name, uid: metadata.uid });
