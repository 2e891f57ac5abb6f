// What a running expression has, and the steps that it is made of.
import type { Meter } from "./meter.ts";
import { CostExceeded, EvalError, type Value } from "./values.ts";

/** The values of variables. Undefined: there is none. Throws: EvalError. */
export type Activation = (name: string) => Value | undefined;

/** One run. */
export type Run = { readonly activation: Activation; readonly meter: Meter; readonly slots: Value[] };

/** A node that is ready to run. Throws: EvalError, CostExceeded. */
export type Step = (run: Run) => Value;

/** Where the names that macros give are kept. */
export type Slots = ReadonlyMap<string, number>;

/** The slots with one more. A name that is taken is hidden, and so its slot stays in use. */
export const withSlot = (slots: Slots, name: string): Slots => {
  const number = slots.size;
  const inner = new Map([...slots].map(([key, value]) => [key === name ? `${key}#${number}` : key, value] as const));
  return inner.set(name, number);
};

/** The value or the error, but for one that ends the run. */
export const attempt = (step: Step, run: Run): Value | EvalError => {
  try {
    return step(run);
  } catch (error) {
    if (error instanceof CostExceeded || !(error instanceof EvalError)) throw error;
    return error;
  }
};
