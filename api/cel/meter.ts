// What an evaluation may cost, in the units of cel-go. upstream: cel-go/interpreter/runtimecost.go, k8s.io/apiserver/pkg/apis/cel/config.go
import { CostExceeded } from "./values.ts";

/** One evaluation. */
export const PER_CALL_LIMIT = 1_000_000;
/** All rules of one object, all expressions of one policy. */
export const RUNTIME_BUDGET = 10_000_000;
/** The match conditions of one webhook or policy. */
export const MATCH_CONDITIONS_BUDGET = RUNTIME_BUDGET / 4;
/** What one rule may cost by estimate, and all rules of one definition. */
export const ESTIMATED_RULE_LIMIT = 10_000_000;
export const ESTIMATED_TOTAL_LIMIT = 100_000_000;

/** What reading one character of a text costs. upstream: common.StringTraversalCostFactor */
export const CHARACTER_COST = 0.1;

/** Counts what is spent. */
export class Meter {
  readonly #limit: number;
  #spent = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get spent(): number {
    return this.#spent;
  }

  /** Throws: CostExceeded. */
  spend(cost: number): void {
    this.#spent += cost;
    if (this.#spent > this.#limit) throw new CostExceeded();
  }

  /** For reading so many characters or items. Throws: CostExceeded. */
  read(count: number, factor = CHARACTER_COST): void {
    this.spend(Math.ceil(count * factor));
  }
}
