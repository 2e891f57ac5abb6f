// Arithmetic of resource lists. An amount is a text, as the API writes it; sums are canonical texts.
// upstream: component-helpers/resource/helpers.go
import { addQuantities, canonicalQuantity, compareQuantities, parseQuantity, QuantityError, type Quantity } from "#api/meta/quantity.ts";

/** Amounts by resource name. */
export type ResourceList = { readonly [name: string]: string };

const MILLI_IN_NANO = 1_000_000n;

const ZERO: Quantity = { nano: 0n, format: "DecimalSI" };

/** The amount that a text or, as JSON allows, a number writes; undefined for what is none. */
export const readQuantity = (text: string | number): Quantity | undefined => {
  if (text === "") return undefined; // the usual reason, and an exception costs
  try {
    return parseQuantity(String(text));
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
};

const roundedUp = (nano: bigint): bigint => {
  const rest = nano % MILLI_IN_NANO;
  return rest <= 0n ? nano - rest : nano - rest + MILLI_IN_NANO;
};

/** The amount as it is stored: canonical, nothing finer than a thousandth. What is none stays as it is, for validation to find. */
export const storedQuantity = (text: string | number): string => {
  const quantity = readQuantity(text);
  if (quantity === undefined) return String(text);
  return canonicalQuantity({ nano: roundedUp(quantity.nano), format: quantity.format });
};

/** Makes each amount what is stored of it. upstream: SetDefaults_ResourceList */
export const defaultResourceList = (list: { [name: string]: string } | undefined): void => {
  for (const name in list) list[name] = storedQuantity(list[name] ?? "");
};

const combined = (a: ResourceList, b: ResourceList, combine: (a: Quantity, b: Quantity) => Quantity): ResourceList => {
  const result: { [name: string]: string } = { ...a };
  for (const name in b) {
    const [x, y] = [readQuantity(a[name] ?? "0") ?? ZERO, readQuantity(b[name] ?? "0") ?? ZERO];
    result[name] = name in a ? canonicalQuantity(combine(x, y)) : canonicalQuantity(y);
  }
  return result;
};

/** The sum of two lists; what is no amount counts as none. */
export const addLists = (a: ResourceList, b: ResourceList | undefined): ResourceList =>
  b === undefined ? a : combined(a, b, addQuantities);

/** The larger of two lists, resource by resource; what is no amount counts as none. */
export const maxLists = (a: ResourceList, b: ResourceList): ResourceList => combined(a, b, (x, y) => (compareQuantities(x, y) < 0 ? y : x));
