// What policies leave in the audit log. upstream: apiserver/pkg/admission/plugin/policy/validating/{dispatcher,validator}.go
import type { Surroundings } from "../plugin.ts";
import type { ReadyBinding } from "./compiled.ts";

const MAX_VALUE = 10 * 1024;

/** Gathers what the expressions of one policy say, over all its bindings and parameters. */
export class Annotations {
  readonly #values = new Map<string, Set<string>>();

  /** What an expression of a key came to; null and "" say nothing. */
  add(key: string, value: unknown): void {
    const text = typeof value === "string" ? value.trim().slice(0, MAX_VALUE) : "";
    if (text === "") return;
    const values = this.#values.get(key) ?? new Set();
    this.#values.set(key, values.add(text));
  }

  /** Tells the audit log. */
  publish(policy: string, around: Surroundings): void {
    for (const [key, values] of this.#values) around.annotate(`${policy}/${key}`, () => [...values].join(", "));
  }
}

/** A validation that did not hold, of a binding that wants it kept. `index`: which of the policy's it is. */
export const annotateFailure = (
  { name, spec }: ReadyBinding,
  { message, index }: { readonly message: string; readonly index: number },
  around: Surroundings,
): void =>
  around.annotate("validation.policy.admission.k8s.io/validation_failure", () =>
    JSON.stringify([
      { message, policy: spec.policyName, binding: name, expressionIndex: index, validationActions: spec.validationActions },
    ]),
  );
