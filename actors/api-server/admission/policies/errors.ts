// What metrics say of an expression that came to nothing. upstream: policy/validating/metrics/errors.go
import { CompileError } from "#api/cel/program.ts";
import { CostExceeded } from "#api/cel/values.ts";
import type { Checked } from "../metrics/expression-counts.ts";
import type { Compiled } from "./compiled.ts";

/** In upstream's words. */
export type ErrorType = Checked["error_type"];

/** What is wrong with an expression whose evaluation failed. */
export const errorTypeOf = (program: Compiled, error: Error): ErrorType => {
  if (program instanceof CompileError) return "compile_error";
  return error instanceof CostExceeded ? "out_of_budget" : "invalid_error";
};
