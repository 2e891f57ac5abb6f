// Makes a function of a checked expression: one closure for each node, so that running it looks nothing up.
// upstream: cel-go/interpreter/interpretable.go, attributes.go; costs: interpreter/runtimecost.go
import type { Expr } from "./ast.ts";
import type { Checked } from "./checker/check.ts";
import { compileFold } from "./evaluate-fold.ts";
import { takes, type Overload } from "./overload.ts";
import { attempt, withSlot, type Slots, type Step } from "./run.ts";
import { CelList, EntryMap, EvalError, isMap, mapKey, noSuchOverload, Optional, Struct, TypeName, Uint, type Value } from "./values.ts";

/** Ready to run. */
export const compileChecked = (expr: Expr, checked: Checked): Step => new Compiler(checked).step(expr, new Map());

const NO_SLOTS: Slots = new Map();
const LIST_COST = 10;
const MAP_COST = 30;
const STRUCT_COST = 40;

/** Turns nodes into steps. */
class Compiler {
  readonly #checked: Checked;

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  // oxlint-disable-next-line complexity -- one case for each kind of node
  step(expr: Expr, slots: Slots): Step {
    const typeName = this.#checked.typeNames.get(expr);
    if (typeName !== undefined) return constant(new TypeName(typeName));
    const qualified = this.#checked.qualified.get(expr);
    if (qualified !== undefined) return ident(qualified, NO_SLOTS);
    switch (expr.is) {
      case "const":
        return constant(expr.value);
      case "ident":
        return ident(expr.name, slots);
      case "select":
        return select(this.step(expr.of, slots), expr.field, expr.optional);
      case "has":
        return has(this.step(expr.of, slots), expr.field);
      case "index":
        return index(this.step(expr.of, slots), this.step(expr.key, slots), expr.optional);
      case "call":
        return this.#call(expr, slots);
      case "list":
        return this.#list(expr, slots);
      case "map":
        return this.#map(expr, slots);
      case "struct":
        return this.#struct(expr, slots);
      case "fold":
        return compileFold((inner, names) => this.step(inner, names), expr, slots);
      case "bind":
        return this.#bind(expr, slots);
      case "optMap":
        return this.#optMap(expr, slots);
    }
  }

  #call(expr: Extract<Expr, { is: "call" }>, slots: Slots): Step {
    const { overloads, args } = this.#checked.calls.get(expr) ?? { overloads: undefined, args: expr.args };
    const steps = args.map((arg) => this.step(arg, slots));
    if (overloads === undefined) return branch(expr.name, steps);
    return overloads[0]?.isMethod === true && isOr(expr.name) ? orElse(steps, expr.name === "orValue") : call(overloads, steps);
  }

  #list({ items }: Extract<Expr, { is: "list" }>, slots: Slots): Step {
    const steps = items.map(({ value, optional }) => ({ step: this.step(value, slots), optional }));
    return (run) => {
      run.meter.spend(LIST_COST);
      const values: Value[] = [];
      for (const { step, optional } of steps) {
        const value = optional ? unwrapped(step(run)) : step(run);
        if (value !== undefined) values.push(value);
      }
      return new CelList(values);
    };
  }

  #map({ entries }: Extract<Expr, { is: "map" }>, slots: Slots): Step {
    const steps = entries.map(({ key, value, optional }) => ({ key: this.step(key, slots), value: this.step(value, slots), optional }));
    return (run) => {
      run.meter.spend(MAP_COST);
      const map = new Map<Value, Value>();
      for (const { key, value, optional } of steps) {
        const at = keyOf(key(run));
        if (map.has(at)) throw new EvalError("Failed with repeated key");
        const item = optional ? unwrapped(value(run)) : value(run);
        if (item !== undefined) map.set(at, item);
      }
      return new EntryMap(map);
    };
  }

  /** A field that is given none stays, as none: who reads the struct removes what it names. */
  #struct({ name, fields }: Extract<Expr, { is: "struct" }>, slots: Slots): Step {
    const steps = fields.map((field) => ({ name: field.name, optional: field.optional, step: this.step(field.value, slots) }));
    return (run) => {
      run.meter.spend(STRUCT_COST);
      const values = new Map<string, Value>();
      for (const { name: field, optional, step } of steps) {
        const value = step(run);
        values.set(field, optional && value instanceof Optional && value.value !== undefined ? value.value : value);
      }
      return new Struct(name, values);
    };
  }

  #bind({ name, value, body }: Extract<Expr, { is: "bind" }>, slots: Slots): Step {
    const slot = slots.size;
    const [first, second] = [this.step(value, slots), this.step(body, withSlot(slots, name))];
    return (run) => {
      run.slots[slot] = first(run);
      return second(run);
    };
  }

  #optMap({ of, name, body, flat }: Extract<Expr, { is: "optMap" }>, slots: Slots): Step {
    const slot = slots.size;
    const [first, second] = [this.step(of, slots), this.step(body, withSlot(slots, name))];
    return (run) => {
      const optional = first(run);
      if (!(optional instanceof Optional)) return noSuchOverload();
      if (optional.value === undefined) return optional;
      run.slots[slot] = optional.value;
      return flat ? second(run) : new Optional(second(run));
    };
  }
}

const constant =
  (value: Value): Step =>
  () =>
    value;

const ident = (name: string, slots: Slots): Step => {
  const slot = slots.get(name);
  if (slot !== undefined) {
    return ({ slots: values, meter }) => {
      meter.spend(1);
      return values[slot] ?? null;
    };
  }
  return ({ activation, meter }) => {
    meter.spend(1);
    const value = activation(name);
    if (value === undefined) throw new EvalError(`no such attribute(s): ${name}`);
    return value;
  };
};

/** What stands under a key; undefined: nothing. Throws: EvalError for a value that has no keys. */
const lookUp = (of: Value, key: Value): Value | undefined => {
  if (of instanceof CelList) return itemAt(of, key);
  return isMap(of) ? of.get(key) : noSuchOverload();
};

const itemAt = (list: CelList, key: Value): Value | undefined => {
  const at = key instanceof Uint ? Number(key.value) : typeof key === "bigint" || typeof key === "number" ? Number(key) : Number.NaN;
  if (Number.isNaN(at)) return noSuchOverload();
  return Number.isInteger(at) && at >= 0 && at < list.size ? list.at(at) : undefined;
};

const shownKey = (key: Value): string => `${key instanceof Uint ? key.value : (key as string | bigint)}`;

const missing = (of: Value, key: Value): never => {
  throw new EvalError(of instanceof CelList ? `index out of bounds: ${shownKey(key)}` : `no such key: ${shownKey(key)}`);
};

const at = (of: Value, key: Value, optional: boolean): Value => {
  if (of instanceof Optional) return new Optional(of.value === undefined ? undefined : unwrapOnce(lookUp(of.value, key)));
  const found = lookUp(of, key);
  if (optional) return new Optional(unwrapOnce(found));
  return found === undefined ? missing(of, key) : found;
};

const unwrapOnce = (value: Value | undefined): Value | undefined => (value instanceof Optional ? value.value : value);

const select =
  (of: Step, field: string, optional: boolean): Step =>
  (run) => {
    const value = of(run);
    run.meter.spend(1);
    return at(value, field, optional);
  };

const index =
  (of: Step, key: Step, optional: boolean): Step =>
  (run) => {
    const value = of(run);
    const found = key(run);
    run.meter.spend(1);
    return at(value, found, optional);
  };

const has =
  (of: Step, field: string): Step =>
  (run) => {
    const value = of(run);
    run.meter.spend(1);
    const inner = value instanceof Optional ? value.value : value;
    return inner !== undefined && lookUp(inner, field) !== undefined;
  };

const call = (overloads: readonly Overload[], steps: readonly Step[]): Step => {
  const [only] = overloads;
  return (run) => {
    const args = steps.map((step) => step(run));
    run.meter.spend(1);
    const overload = overloads.length === 1 && only !== undefined && takes(only, args) ? only : overloads.find((one) => takes(one, args));
    return overload === undefined ? noSuchOverload() : overload.call(args, run.meter);
  };
};

const isOr = (name: string): boolean => name === "or" || name === "orValue";

/** The operators that do not compute all their operands. */
const branch = (name: string, [first, second, third]: readonly Step[]): Step => {
  if (first === undefined || second === undefined) return noSuchOverload;
  return third === undefined ? logical(first, second, name === "_||_") : conditional(first, second, third);
};

const conditional =
  (condition: Step, left: Step, right: Step): Step =>
  (run) => {
    const decided = condition(run);
    if (typeof decided !== "boolean") return noSuchOverload();
    return decided ? left(run) : right(run);
  };

/** Either operand may fail if the other decides. */
const logical =
  (left: Step, right: Step, deciding: boolean): Step =>
  (run) => {
    const first = attempt(left, run);
    if (first === deciding) return deciding;
    const second = attempt(right, run);
    if (second === deciding) return deciding;
    if (first instanceof EvalError) throw first;
    if (second instanceof EvalError) throw second;
    return typeof first === "boolean" && typeof second === "boolean" ? !deciding : noSuchOverload();
  };

const orElse =
  ([of = noSuchOverload, otherwise = noSuchOverload]: readonly Step[], unwrap: boolean): Step =>
  (run) => {
    const optional = of(run);
    if (!(optional instanceof Optional)) return noSuchOverload();
    if (optional.value === undefined) return otherwise(run);
    return unwrap ? optional.value : optional;
  };

const unwrapped = (value: Value): Value | undefined => (value instanceof Optional ? value.value : noSuchOverload());

const keyOf = (value: Value): Value => {
  const key = mapKey(value);
  if (typeof key === "string" || typeof key === "bigint" || typeof key === "boolean") return key;
  throw new EvalError("unsupported key type");
};
