// Expressions as the server uses them: compiled once, then run with the values of their variables.
//
// compile() never throws and never runs anything; a program has no state and no effect. A run ends within its budget.
import type { Expr } from "./ast.ts";
import { check, type Checked } from "./checker/check.ts";
import type { Declarations, Fault } from "./checker/checking.ts";
import { compileChecked } from "./evaluate.ts";
import { SyntaxFault } from "./lexer.ts";
import { standard } from "./library/standard.ts";
import { PER_CALL_LIMIT, Meter } from "./meter.ts";
import { parse } from "./parser.ts";
import type { Activation, Step } from "./run.ts";
import { fits, formatType, type Type } from "./types.ts";
import { CostExceeded, EvalError, type Value } from "./values.ts";

/** What an expression may name, and what it has to be. */
export type Environment = {
  readonly variables: ReadonlyMap<string, Type>;
  readonly structs?: Declarations["structs"];
};

/** An expression that can be run. */
export type Program = {
  readonly text: string;
  readonly type: Type;
  readonly expr: Expr;
  readonly checked: Checked;
  readonly step: Step;
};

/** Why an expression cannot be run; the message is all that upstream would say. */
export class CompileError extends Error {}

const MAX_LENGTH = 100_000;

/** The program of an expression of one of the wanted types (any, when none is named), or what is wrong with it. */
export const compile = (text: string, environment: Environment, wanted: readonly Type[] = []): Program | CompileError => {
  const read = readText(text);
  if (read instanceof CompileError) return read;
  const checked = check(read, { ...environment, functions: standard });
  if (checked.faults.length > 0) return failed(text, checked.faults);
  const fitting = wanted.length === 0 || wanted.some((type) => fits(type, checked.type, new Map()));
  if (!fitting) return new CompileError(`must evaluate to ${wanted.map(formatType).join(" or ")}`);
  return { text, type: checked.type, expr: read, checked, step: compileChecked(read, checked) };
};

const readText = (text: string): Expr | CompileError => {
  if (text.length > MAX_LENGTH) return failed(text.slice(0, 100), [{ at: 0, message: "expression code point size exceeds limit" }]);
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof SyntaxFault) return failed(text, [{ at: error.at, message: error.message }]);
    throw error;
  }
};

const failed = (text: string, faults: readonly Fault[]): CompileError =>
  new CompileError(`compilation failed: ${faults.map((fault) => display(text, fault)).join("\n")}`);

/** upstream: cel-go/common/error.go ToDisplayString */
const display = (text: string, { at, message }: Fault): string => {
  const lines = text.slice(0, at).split("\n");
  const column = lines.at(-1)?.length ?? 0;
  const line = (text.split("\n")[lines.length - 1] ?? "").replaceAll("\t", " ");
  return `ERROR: <input>:${lines.length}:${column + 1}: ${message}\n | ${line}\n | ${".".repeat(column)}^`;
};

/** A run's value, or why it has none. `cost`: what it spent. */
export type Outcome =
  | { readonly value: Value; readonly cost: number }
  | { readonly error: EvalError | CostExceeded; readonly cost: number };

/** Runs a program. `budget`: what it may cost at most. */
export const evaluate = (program: Program, activation: Activation, budget = PER_CALL_LIMIT): Outcome => {
  const meter = new Meter(Math.min(budget, PER_CALL_LIMIT));
  try {
    return { value: program.step({ activation, meter, slots: [] }), cost: meter.spent };
  } catch (error) {
    if (error instanceof EvalError || error instanceof CostExceeded) return { error, cost: meter.spent };
    if (error instanceof RangeError) return { error: new EvalError(`evaluation failed: ${error.message}`), cost: meter.spent };
    throw error;
  }
};
