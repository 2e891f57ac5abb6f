// The order of a merged list's items. upstream: apimachinery/pkg/util/strategicpatch/patch.go (normalizeElementOrder)

type Orders = {
  /** Keys in the order the patch wants; the items it names come in this order. */
  readonly wanted: readonly unknown[];
  /** Keys in the order the document had; the other items keep it. */
  readonly before: readonly unknown[];
  readonly key: (item: unknown) => unknown;
};

const places = (keys: readonly unknown[]): ReadonlyMap<unknown, number> => {
  const found = new Map<unknown, number>();
  for (const [at, key] of keys.entries()) if (!found.has(key)) found.set(key, at);
  return found;
};

const NOWHERE = Number.MAX_SAFE_INTEGER;

/**
 * The items, those in `wanted` in its order and the others in the order of `before`. An item of the others goes before the
 * next named one only where `before` has both in that order.
 */
export const orderItems = (items: readonly unknown[], orders: Orders): readonly unknown[] => {
  const wanted = places(orders.wanted);
  const before = places(orders.before);
  const entries = items.map((item) => ({ item, key: orders.key(item) }));
  const named = entries.filter((entry) => wanted.has(entry.key)).toSorted((a, b) => (wanted.get(a.key) ?? 0) - (wanted.get(b.key) ?? 0));
  const others = entries
    .filter((entry) => !wanted.has(entry.key))
    .toSorted((a, b) => (before.get(a.key) ?? NOWHERE) - (before.get(b.key) ?? NOWHERE));
  const result: unknown[] = [];
  let at = 0;
  for (const entry of named) {
    const place = before.get(entry.key) ?? -1;
    for (let other = others[at]; other !== undefined && (before.get(other.key) ?? NOWHERE) < place; other = others[++at])
      result.push(other.item);
    result.push(entry.item);
  }
  return [...result, ...others.slice(at).map(({ item }) => item)];
};
