// `quantity("1Gi")`. upstream: k8s.io/apiserver/pkg/cel/library/quantity.go
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  quantityOf,
  quantityProblem,
  subtractQuantities,
  type Quantity,
} from "#api/meta/quantity.ts";
import { fn, method, type Overload } from "../overload.ts";
import { BOOL, DOUBLE, INT, opaque, STRING } from "../types.ts";
import { EvalError, Opaque, type Value } from "../values.ts";

const NANO = 1_000_000_000n;

class QuantityValue extends Opaque {
  readonly type = "kubernetes.Quantity";
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    super();
    this.quantity = quantity;
  }

  equals(other: Opaque): boolean {
    return other instanceof QuantityValue && compareQuantities(this.quantity, other.quantity) === 0;
  }
}

const QUANTITY = opaque("kubernetes.Quantity");

const of = (value: Value | undefined): Quantity => (value as QuantityValue).quantity;

/** Longer texts are no quantities that anybody writes, and reading their digits takes time. */
const MAX_TEXT = 200;

const problemOf = (text: string): string | undefined => (text.length > MAX_TEXT ? "unable to parse quantity" : quantityProblem(text));

const parsed = (text: string): QuantityValue => {
  const problem = problemOf(text);
  if (problem !== undefined) throw new EvalError(problem);
  return new QuantityValue(parseQuantity(text));
};

const isInteger = ({ nano }: Quantity): boolean => nano % NANO === 0n && nano / NANO < 2n ** 63n && nano / NANO >= -(2n ** 63n);

const integer = (quantity: Quantity): bigint => {
  if (!isInteger(quantity)) throw new EvalError("cannot convert value to integer");
  return quantity.nano / NANO;
};

/** Functions on quantities. */
export const quantities: readonly Overload[] = [
  fn("quantity", [STRING], QUANTITY, ([text]) => parsed(text as string)),
  fn("isQuantity", [STRING], BOOL, ([text]) => problemOf(text as string) === undefined),
  method("sign", [QUANTITY], INT, ([a]) => BigInt(Math.sign(Number(of(a).nano)))),
  method("isInteger", [QUANTITY], BOOL, ([a]) => isInteger(of(a))),
  method("asInteger", [QUANTITY], INT, ([a]) => integer(of(a))),
  method("asApproximateFloat", [QUANTITY], DOUBLE, ([a]) => Number(of(a).nano) / 1e9),
  method("isGreaterThan", [QUANTITY, QUANTITY], BOOL, ([a, b]) => compareQuantities(of(a), of(b)) > 0),
  method("isLessThan", [QUANTITY, QUANTITY], BOOL, ([a, b]) => compareQuantities(of(a), of(b)) < 0),
  method("compareTo", [QUANTITY, QUANTITY], INT, ([a, b]) => BigInt(compareQuantities(of(a), of(b)))),
  method("add", [QUANTITY, QUANTITY], QUANTITY, ([a, b]) => new QuantityValue(addQuantities(of(a), of(b)))),
  method("add", [QUANTITY, INT], QUANTITY, ([a, b]) => new QuantityValue(addQuantities(of(a), quantityOf(b as bigint)))),
  method("sub", [QUANTITY, QUANTITY], QUANTITY, ([a, b]) => new QuantityValue(subtractQuantities(of(a), of(b)))),
  method("sub", [QUANTITY, INT], QUANTITY, ([a, b]) => new QuantityValue(subtractQuantities(of(a), quantityOf(b as bigint)))),
  fn("string", [QUANTITY], STRING, ([a]) => canonicalQuantity(of(a))),
];
