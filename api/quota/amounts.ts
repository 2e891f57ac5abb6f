// Sums and comparisons of what quotas count. upstream: apiserver/pkg/quota/v1/resources.go
import { readQuantity, type ResourceList } from "#api/core/v1/resource-list.ts";
import { canonicalQuantity, compareQuantities, quantityOf, subtractQuantities, type Quantity } from "#api/meta/quantity.ts";

const ZERO = quantityOf(0);

const amountOf = (list: ResourceList, name: string): Quantity => readQuantity(list[name] ?? "0") ?? ZERO;

/** Only the amounts of these names. */
export const masked = (list: ResourceList, names: readonly string[]): ResourceList =>
  Object.fromEntries(Object.entries(list).filter(([name]) => names.includes(name)));

/** What `a` has above `b`; what it has no more of is left out. */
export const increase = (a: ResourceList, b: ResourceList): ResourceList => {
  const left = Object.keys(a).map((name) => [name, subtractQuantities(amountOf(a, name), amountOf(b, name))] as const);
  const above = left.filter(([, amount]) => compareQuantities(amount, ZERO) > 0);
  return Object.fromEntries(above.map(([name, amount]) => [name, canonicalQuantity(amount)]));
};

/** The names whose amount is above the limit for them. */
export const exceeded = (list: ResourceList, limits: ResourceList): readonly string[] =>
  Object.keys(list).filter((name) => name in limits && compareQuantities(amountOf(list, name), amountOf(limits, name)) > 0);

/** True when the lists say the same, in whatever words. */
export const sameAmounts = (a: ResourceList, b: ResourceList): boolean => {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => name in b && compareQuantities(amountOf(a, name), amountOf(b, name)) === 0)
  );
};

/** `cpu=1,pods=2`. upstream: prettyPrint */
export const amountsText = (list: ResourceList): string =>
  Object.keys(list)
    .toSorted()
    .map((name) => `${name}=${list[name] ?? ""}`)
    .join(",");
