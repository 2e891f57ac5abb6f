// Chooses a backend for each connection: in turn, or the one a client had before when the Service asks for affinity.
import type { Backend, Front } from "./decide.ts";

/** Most clients whose backend is remembered; the oldest is forgotten first. */
const MAX_CLIENTS = 10_000;

export class Balancer {
  readonly #clients = new Map<string, { readonly backend: Backend; readonly untilMs: number }>();
  #front: Front;
  #turn = 0;

  constructor(front: Front) {
    this.#front = front;
  }

  update(front: Front): void {
    this.#front = front;
  }

  /** Backends in the order in which to try them; empty when there is none. */
  order(client: string, nowMs: number): readonly Backend[] {
    const { backends, affinityMs } = this.#front;
    if (backends.length === 0) return [];
    const start = this.#turn++ % backends.length;
    const order = [...backends.slice(start), ...backends.slice(0, start)];
    if (affinityMs === undefined) return order;
    const kept = this.#clients.get(client);
    const same =
      kept !== undefined && kept.untilMs > nowMs
        ? order.find(({ address, port }) => address === kept.backend.address && port === kept.backend.port)
        : undefined;
    return same === undefined ? order : [same, ...order.filter((backend) => backend !== same)];
  }

  /** The client was connected to this backend. */
  connected(client: string, backend: Backend, nowMs: number): void {
    const { affinityMs } = this.#front;
    if (affinityMs === undefined) return;
    this.#clients.delete(client);
    this.#clients.set(client, { backend, untilMs: nowMs + affinityMs });
    const oldest = this.#clients.keys().next();
    if (this.#clients.size > MAX_CLIENTS && oldest.done !== true) this.#clients.delete(oldest.value);
  }
}
