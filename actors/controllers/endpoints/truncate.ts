// Endpoints are one object, so they hold no more than a thousand addresses. Pure. upstream: truncateEndpoints
import type { Endpoints } from "#api/core/v1/endpoints.ts";

type Subset = NonNullable<Endpoints["subsets"]>[number];
type Part = "addresses" | "notReadyAddresses";

/** upstream: maxCapacity */
const MOST = 1_000;

const count = (subsets: readonly Subset[], part: Part): number => subsets.reduce((sum, subset) => sum + (subset[part]?.length ?? 0), 0);

/** Leaves `most` addresses in a part of the subsets, each giving way in proportion. */
const shortened = (subsets: readonly Subset[], part: Part, most: number): readonly Subset[] => {
  const total = count(subsets, part);
  let left = most;
  return subsets.map(({ [part]: all = [], ...rest }) => {
    const kept = all.slice(0, Math.min(left, Math.ceil((all.length / total) * most)));
    left -= kept.length;
    return kept.length === 0 ? rest : { ...rest, [part]: kept };
  });
};

const isFilled = (subset: Subset): boolean => count([subset], "addresses") + count([subset], "notReadyAddresses") > 0;

/** At most a thousand addresses, ready ones before others. `over` tells that some were left out. */
export const truncated = (subsets: readonly Subset[]): { readonly subsets: readonly Subset[]; readonly over: boolean } => {
  const ready = count(subsets, "addresses");
  if (ready + count(subsets, "notReadyAddresses") <= MOST) return { subsets, over: false };
  const others = shortened(subsets, "notReadyAddresses", Math.max(0, MOST - ready));
  return { subsets: (ready > MOST ? shortened(others, "addresses", MOST) : others).filter(isFilled), over: true };
};
