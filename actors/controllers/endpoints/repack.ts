// The canonical form of what Endpoints say: ports with the same addresses share a subset, in one order. Pure.
// upstream: pkg/api/v1/endpoints/util.go RepackSubsets
import type { Endpoints } from "#api/core/v1/endpoints.ts";

export type Subset = NonNullable<Endpoints["subsets"]>[number];
export type Address = NonNullable<Subset["addresses"]>[number];
export type Port = NonNullable<Subset["ports"]>[number];

/** An address at one port; at none when the subset names none. */
export type Ported = { readonly port: Port | undefined; readonly address: Address; readonly ready: boolean };

const octets = (ip: string): string =>
  ip
    .split(".")
    .map((octet) => octet.padStart(3, "0"))
    .join(".");

const keyOfAddress = ({ ip, targetRef }: Address): string => `${octets(ip ?? "")}/${targetRef?.uid ?? ""}`;
const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** Groups by a key, in the order of the keys. */
const grouped = <T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] =>
  [...Map.groupBy(items, keyOf)].toSorted(byKey).map(([, group]) => group);

/** Each address once, in order. What is listed as not ready anywhere is not ready. */
const distinct = (listed: readonly Ported[]): readonly Ported[] =>
  grouped(listed, ({ address }) => keyOfAddress(address)).flatMap((same) => same.find(({ ready }) => !ready) ?? same.slice(0, 1));

const subsetOf = (listed: readonly Ported[], ports: readonly Port[]): Subset => {
  const addresses = listed.filter(({ ready }) => ready).map(({ address }) => address);
  const notReadyAddresses = listed.filter(({ ready }) => !ready).map(({ address }) => address);
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0 ? {} : { ports }),
  };
};

/** The fewest subsets that say the same. */
export const repacked = (listed: readonly Ported[]): readonly Subset[] => {
  const byPort = grouped(listed, ({ port }) => JSON.stringify(port ?? {})).map(distinct);
  const keyOf = (group: readonly Ported[]): string => group.map(({ address, ready }) => `${keyOfAddress(address)}${ready}`).join();
  return grouped(byPort, keyOf).map((same) =>
    subsetOf(
      same[0] ?? [],
      same.flatMap((group) => group[0]?.port ?? []),
    ),
  );
};
