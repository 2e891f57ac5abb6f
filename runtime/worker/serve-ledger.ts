// The account of one stack among many of a guest: what it uses is the guest's, but it can be ended alone. When the guest is
// asked to stop, requests that are being answered go on.
import type { Account, Asked, Ledger } from "./account.ts";

/** The account of one stack. */
export class StackLedger implements Ledger {
  readonly #account: Account;
  readonly #measure: () => void;
  readonly #wakers = new Set<() => void>();
  #isCancelled = false;
  #code: number | undefined;

  /** `measure` is called when the stack's memory may have changed. */
  constructor(account: Account, measure: () => void) {
    this.#account = account;
    this.#measure = measure;
  }

  get asked(): Asked {
    return this.#isCancelled || this.#account.asked === "to die" ? "to die" : "nothing";
  }

  /** The code that the stack ended with, when it gave one. */
  get code(): number | undefined {
    return this.#code;
  }

  get usedMs(): number {
    return this.#account.usedMs;
  }

  get debtMs(): number {
    return this.#account.debtMs;
  }

  ran(ms: number): void {
    this.#measure();
    this.#account.ran(ms);
  }

  logged(bytes: number): void {
    this.#account.logged(bytes);
  }

  exit(code: number): void {
    this.#code ??= code;
  }

  /** Ends the stack. */
  cancel(): void {
    this.#isCancelled = true;
    for (const wake of Array.from(this.#wakers)) wake();
  }

  onAsked(fn: () => void): () => void {
    this.#wakers.add(fn);
    const stop = this.#account.onAsked(() => {
      if (this.asked !== "nothing") fn();
    });
    return () => {
      this.#wakers.delete(fn);
      stop();
    };
  }
}
