// How long who was turned away should stay away: the longer, the more are turned away. Pure but for its own state.
// upstream: apiserver/pkg/util/flowcontrol/dropped_requests_tracker.go

/** Seconds. */
const MOST = 32;

type Second = { readonly at: number; count: number };

/** Counts the requests that one level turns away, by the second. */
export class RetryAfter {
  /** The last seconds in which some were, the newest last. */
  #history: Second[] = [];
  #seconds = 1;
  #raisedAt = 0;

  /** One more is turned away, at `nowMs`. Answers the seconds that it should stay away. */
  drop(nowMs: number): number {
    const at = Math.floor(nowMs / 1000);
    const last = this.#history.at(-1);
    if (last?.at === at) last.count++;
    else {
      this.#adapt(at);
      this.#history = [...this.#history.filter((second) => at - second.at <= MOST), { at, count: 1 }];
    }
    return this.#seconds;
  }

  /** Doubles when three a second were turned away since it last could matter, and comes down by one when less than one was. */
  #adapt(at: number): void {
    const dropped = this.#history.reduce((sum, second) => (at - second.at <= this.#seconds ? sum + second.count : sum), 0);
    if (at - this.#raisedAt >= this.#seconds && dropped >= 3 * this.#seconds) {
      this.#seconds = Math.min(2 * this.#seconds, MOST);
      this.#raisedAt = at;
    } else if (dropped < this.#seconds && this.#seconds > 1) this.#seconds--;
  }
}
