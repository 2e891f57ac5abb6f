// What a function of expressions is: its signature, for the checker, and what it does.
import type { Meter } from "./meter.ts";
import type { Type } from "./types.ts";
import { CelList, Duration, isMap, Opaque, Optional, Timestamp, TypeName, Uint, type Value } from "./values.ts";

/** One signature of a function. A method's first parameter is what it is called on. */
export type Overload = {
  readonly name: string;
  readonly isMethod: boolean;
  readonly params: readonly Type[];
  readonly result: Type;
  /** Throws: EvalError. Takes what fits `params`; has paid for the call itself. */
  readonly call: (args: readonly Value[], meter: Meter) => Value;
};

type Call = Overload["call"];

/** `name(params…)`. */
export const fn = (name: string, params: readonly Type[], result: Type, call: Call): Overload => ({
  name,
  isMethod: false,
  params,
  result,
  call,
});

/** `params[0].name(params…)`. */
export const method = (name: string, params: readonly Type[], result: Type, call: Call): Overload => ({
  name,
  isMethod: true,
  params,
  result,
  call,
});

/** The functions of an environment, by name and by how they are called. */
export class Functions {
  readonly #table = new Map<string, Overload[]>();

  constructor(overloads: Iterable<Overload>) {
    for (const overload of overloads) {
      const { name, isMethod } = overload;
      const key = `${isMethod ? "." : ""}${name}`;
      const known = this.#table.get(key);
      if (known === undefined) this.#table.set(key, [overload]);
      else known.push(overload);
    }
  }

  find(name: string, isMethod: boolean): readonly Overload[] | undefined {
    return this.#table.get(`${isMethod ? "." : ""}${name}`);
  }
}

const SIMPLE: { readonly [name: string]: (value: Value) => boolean } = {
  null_type: (value) => value === null,
  bool: (value) => typeof value === "boolean",
  int: (value) => typeof value === "bigint",
  double: (value) => typeof value === "number",
  string: (value) => typeof value === "string",
  uint: (value) => value instanceof Uint,
  bytes: (value) => value instanceof Uint8Array,
  "google.protobuf.Timestamp": (value) => value instanceof Timestamp,
  "google.protobuf.Duration": (value) => value instanceof Duration,
};

const hasName = (value: Value, name: string): boolean => SIMPLE[name]?.(value) ?? (value instanceof Opaque && value.type === name);

/** Whether a value is of a type; what lists and maps hold is not looked at. */
export const hasType = (value: Value, type: Type): boolean => {
  switch (type.is) {
    case "dyn":
    case "param":
      return true;
    case "simple":
      return hasName(value, type.name);
    case "map":
    case "object":
      return isMap(value);
    case "list":
    case "optional":
    case "type":
      return value instanceof CLASSES[type.is];
  }
};

const CLASSES = { list: CelList, optional: Optional, type: TypeName };

/** Whether the arguments are what a signature asks for. */
export const takes = ({ params }: Overload, args: readonly Value[]): boolean =>
  params.length === args.length && params.every((type, index) => hasType(args[index] ?? null, type));
