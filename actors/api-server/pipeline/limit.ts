import type { Verb } from "#api/meta/resource.ts";
import { failure } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";

const READS: ReadonlySet<Verb> = new Set<Verb>(["get", "list", "watch"]);

/** Bounds how many requests are in progress. Administrators are never turned away. upstream: apiserver/pkg/server/filters/maxinflight.go */
export class InFlight {
  readonly #max: { readonly reading: number; readonly writing: number };
  readonly #count = { reading: 0, writing: 0 };
  #onIdle: (() => void) | undefined;

  constructor(max: { readonly reading: number; readonly writing: number }) {
    this.#max = max;
  }

  /** Admits a request; the answer is called when it is done. Throws: TooManyRequests. */
  enter(user: User, verb: Verb): () => void {
    const side = READS.has(verb) ? "reading" : "writing";
    if (this.#count[side] >= this.#max[side] && !user.groups.includes("system:masters")) {
      throw failure("TooManyRequests", "Too many requests, please try again later.", { retryAfterSeconds: 1 });
    }
    this.#count[side]++;
    return () => {
      this.#count[side]--;
      if (this.#total === 0) this.#onIdle?.();
    };
  }

  /** Resolves when nothing is in progress. */
  idle(): Promise<void> {
    return this.#total === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onIdle = resolve));
  }

  get #total(): number {
    return this.#count.reading + this.#count.writing;
  }
}
