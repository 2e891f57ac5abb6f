// resource.Quantity: exact amounts of cpu, memory and anything countable. Amounts are held in nano units, the finest that
// Kubernetes knows; what is finer is rounded away from zero. upstream: apimachinery/pkg/api/resource/quantity.go
//
// Q1 reading what `canonicalQuantity` wrote gives the same amount. Q2 canonical text of canonical text is itself.
// Two borders differ from upstream: texts above 1000 characters and exponents above 1000 are refused (they would take
// numbers of that many digits), and decimal SI from 1000E on keeps its digits (upstream has no suffix for it and drops it).

export type QuantityFormat = "DecimalSI" | "BinarySI" | "DecimalExponent";

/** An exact amount and the family of suffixes it is printed with. */
export type Quantity = { readonly nano: bigint; readonly format: QuantityFormat };

/** Why a text is no quantity, in upstream's words. */
export class QuantityError extends Error {
  override readonly name = "QuantityError";
}

const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_WRONG = "unable to parse quantity's suffix";
const SYNTAX = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
const DECIMAL: ReadonlyMap<string, number> = new Map([
  ["n", -9],
  ["u", -6],
  ["m", -3],
  ["", 0],
  ["k", 3],
  ["M", 6],
  ["G", 9],
  ["T", 12],
  ["P", 15],
  ["E", 18],
]);
const BINARY: ReadonlyMap<string, bigint> = new Map(
  ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((suffix, at) => [suffix, 1024n ** BigInt(at + 1)]),
);
const DECIMAL_SUFFIXES = [...DECIMAL.keys()];
const BINARY_SUFFIXES = ["", ...BINARY.keys()];
const MAX_EXPONENT = 1000;
const MAX_LENGTH = 1000;
const NANO = 1_000_000_000n;
const MAX_INT64 = (2n ** 63n - 1n) * NANO;

const abs = (number: bigint): bigint => (number < 0n ? -number : number);

/** Division that rounds away from zero. */
const divideUp = (amount: bigint, by: bigint): bigint => {
  const up = (abs(amount) + by - 1n) / by;
  return amount < 0n ? -up : up;
};

/** `digits` × 10^`scale`, in nano units. */
const scaled = (digits: string, scale: number): bigint => {
  const amount = BigInt(digits);
  if (amount === 0n) return 0n;
  const shift = scale + 9;
  if (shift >= 0) return amount * 10n ** BigInt(shift);
  return -shift > digits.length ? 1n : divideUp(amount, 10n ** BigInt(-shift));
};

const exponentOf = (suffix: string): { readonly exponent: number; readonly format: QuantityFormat } => {
  const exponent = DECIMAL.get(suffix);
  if (exponent !== undefined) return { exponent, format: "DecimalSI" };
  const written = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  const number = Number(written ?? Number.NaN);
  if (!(number <= MAX_EXPONENT)) throw new QuantityError(SUFFIX_WRONG);
  return { exponent: number, format: "DecimalExponent" };
};

const binary = (whole: string, fraction: string, factor: bigint): Quantity => {
  const places = 10n ** BigInt(fraction.length);
  const exact = divideUp(BigInt(whole + fraction) * factor * NANO, places);
  const nano = exact > MAX_INT64 ? MAX_INT64 : exact;
  return { nano, format: nano > 0n && nano < NANO ? "DecimalSI" : "BinarySI" };
};

const magnitude = (whole: string, fraction: string, suffix: string): Quantity => {
  const factor = BINARY.get(suffix);
  if (factor !== undefined) return binary(whole, fraction, factor);
  const { exponent, format } = exponentOf(suffix);
  return { nano: scaled(whole + fraction, exponent - fraction.length), format };
};

/** The amount a text means: `100m`, `1.5Gi`, `1e3`. Throws: QuantityError, in upstream's words. */
export const parseQuantity = (text: string): Quantity => {
  const parts = text === "" || text.length > MAX_LENGTH ? null : SYNTAX.exec(text);
  if (parts === null) throw new QuantityError(FORMAT_WRONG);
  const [, sign, whole = "", fraction = "", suffix = ""] = parts;
  const { nano, format } = magnitude(whole === "" ? "0" : whole, fraction, suffix);
  return { nano: sign === "-" ? -nano : nano, format };
};

/** A quantity or its text. */
export type QuantityLike = Quantity | string;

const read = (quantity: QuantityLike): Quantity => (typeof quantity === "string" ? parseQuantity(quantity) : quantity);

/** What is wrong with a quantity's text, or undefined. */
export const quantityProblem = (text: string): string | undefined => {
  try {
    parseQuantity(text);
    return undefined;
  } catch (error) {
    return (error as QuantityError).message;
  }
};

/** `count` whole units. */
export const quantityOf = (count: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity => ({
  nano: BigInt(count) * NANO,
  format,
});

/** `count` thousandths: milli-cpus. */
export const milliQuantity = (count: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity => ({
  nano: BigInt(count) * 1_000_000n,
  format,
});

/** The sum, printed as `a` is unless `a` is zero. Throws: QuantityError for a text that is none. */
export const addQuantities = (a: QuantityLike, b: QuantityLike): Quantity => {
  const [left, right] = [read(a), read(b)];
  return { nano: left.nano + right.nano, format: left.nano === 0n ? right.format : left.format };
};

/** The difference `a` - `b`, printed as `a` is unless `a` is zero. Throws: QuantityError for a text that is none. */
export const subtractQuantities = (a: QuantityLike, b: QuantityLike): Quantity => {
  const right = read(b);
  return addQuantities(a, { nano: -right.nano, format: right.format });
};

/** -1, 0 or 1 as `a` is less than, equal to or more than `b`. Throws: QuantityError for a text that is none. */
export const compareQuantities = (a: QuantityLike, b: QuantityLike): -1 | 0 | 1 => {
  const difference = read(a).nano - read(b).nano;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};

/** Whole units (bytes, pods), rounded away from zero. Throws: QuantityError for a text that is none. */
export const quantityValue = (quantity: QuantityLike): number => Number(divideUp(read(quantity).nano, NANO));

/** Thousandths (milli-cpus), rounded away from zero. Throws: QuantityError for a text that is none. */
export const milliValue = (quantity: QuantityLike): number => Number(divideUp(read(quantity).nano, 1_000_000n));

/** Takes the factor `base` out of `amount` at most `most` times: what is left, and how many times. */
const reduce = (amount: bigint, base: bigint, most: number): readonly [bigint, number] => {
  let [rest, times] = [amount, 0];
  for (; times < most && rest % base === 0n; times++) rest /= base;
  return [rest, times];
};

const decimalText = (nano: bigint): string => {
  const [amount, times] = reduce(nano, 1000n, DECIMAL_SUFFIXES.length - 1);
  return `${amount}${DECIMAL_SUFFIXES[times] ?? ""}`;
};

const exponentText = (nano: bigint): string => {
  const [amount, times] = reduce(nano, 1000n, MAX_EXPONENT);
  const exponent = times * 3 - 9;
  return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
};

const binaryText = (nano: bigint): string => {
  if (nano % NANO !== 0n || abs(nano) < 1024n * NANO) return decimalText(nano);
  const [amount, times] = reduce(nano / NANO, 1024n, BINARY_SUFFIXES.length - 1);
  return `${amount}${BINARY_SUFFIXES[times] ?? ""}`;
};

/** Texts that are canonical as they stand, found without arithmetic: most that are written. */
const PLAIN = /^[1-9]\d{0,2}(?:[numkMGTPE]|[KMGTP]i)?$/;

/** The text that Kubernetes stores: no fraction, the largest suffix that loses nothing. Throws: QuantityError for a text that is none. */
export const canonicalQuantity = (quantity: QuantityLike): string => {
  if (typeof quantity === "string" && PLAIN.test(quantity)) return quantity;
  const { nano, format } = read(quantity);
  if (nano === 0n) return "0";
  if (format === "BinarySI") return binaryText(nano);
  return format === "DecimalSI" ? decimalText(nano) : exponentText(nano);
};
