// What a process hears of the world goes through a gate. While it is shut, everything waits: the process stands still, as one
// does that got a SIGSTOP or whose machine swaps, and does not know it.
import type { ApiTransport } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";

type Kind = "timer" | "message";
type Waiting = { readonly kind: Kind; readonly go: () => void };

export class Gate {
  readonly #clock: Clock;
  #shut = 0;
  #waiting: Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Shuts it; it opens when each shutting was undone. */
  shut(): void {
    this.#shut++;
  }

  open(timersFirst: boolean): void {
    if (--this.#shut > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const first: Kind = timersFirst ? "timer" : "message";
    const order = [...waiting.filter(({ kind }) => kind === first), ...waiting.filter(({ kind }) => kind !== first)];
    for (const { kind, go } of order) this.#clock.setTimeout(() => this.pass(kind, go), 0); // a step each
  }

  pass(kind: Kind, go: () => void): void {
    if (this.#shut > 0) this.#waiting.push({ kind, go });
    else go();
  }

  /** The transport, whose answers and frames go through the gate. */
  before(transport: ApiTransport): ApiTransport {
    return {
      request: (request, signal) => this.#after(transport.request(request, signal)),
      stream: (request, onFrame, signal) =>
        this.#after(transport.stream(request, (frame) => this.pass("message", () => signal.aborted || onFrame(frame)), signal)),
      close: () => transport.close(),
    };
  }

  #after<T>(outcome: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    outcome.then(
      (value) => this.pass("message", () => resolve(value)),
      (error: unknown) => this.pass("message", () => reject(error)),
    );
    return promise;
  }
}
