// Controllers inside the API server: keys that the watch cache wakes, each reconciled as any controller's key is. What they
// write they see at once, since a write is answered only when the cache has passed it.
import type { Client } from "#lib/client.ts";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import { Reconciler, type Reconcile } from "#lib/reconciler.ts";
import type { ObjectSource } from "../objects.ts";

export type KeeperPorts = {
  /** The cluster's objects, from memory. */
  readonly objects: ObjectSource;
  /** Speaks as the API server itself. */
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Works on keys. */
export interface Keeper {
  wake(key: string): void;
  /** Works until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** A keeper that reconciles so. */
export const createKeeper = <Observed, Action extends { readonly do: string }>(
  name: string,
  { client, clock, log }: KeeperPorts,
  spec: Reconcile<Observed, Action>,
): Keeper => {
  const reconciler = new Reconciler(spec, {
    name,
    client,
    clock,
    logger: log,
    informerOf: () => undefined,
    onPhase: () => undefined,
  });
  return {
    wake: (key) => reconciler.queue.add(key),
    run: (signal) => reconciler.work(signal),
  };
};
