// How the keys of a controller are handled: taken from the workqueue by a few workers, observed, decided, acted upon.
//
// I1 one key is in one hand at a time. I2 a key whose reconcile wrote stays in hand until the informers show what it
// wrote. I3 every failure ends in a rate-limited try, a TerminalError excepted. I4 a key in hand when the work is broken
// off is put back.
import type { KubeObject } from "#api/meta/object.ts";
import { groupResource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { Informer } from "./informer.ts";
import type { Phase } from "./leading.ts";
import type { Logger } from "./log.ts";
import { WorkQueue } from "./workqueue.ts";
import { NotingClient, shownBy, type Write } from "./writes.ts";

/** Trying again will not help: the key is left alone until it changes. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

/** Among the actions of a decision: look at this key again after a while, though nothing has changed. */
export type Requeue = { readonly do: "requeue"; readonly afterMs: number };

/** What reading and writing is done with, for the length of one reconcile. */
export type Reach = { readonly client: Client; readonly signal: AbortSignal };

/** How one controller thinks. `Action` is a union on `do`. */
export type Reconcile<Observed, Action> = {
  /** Everything the decision needs, read from informers; undefined: nothing to decide (the object is gone). */
  observe(key: string, reach: Reach): Observed | undefined | Promise<Observed | undefined>;
  /** Pure: what is to be done. Level-triggered and idempotent. */
  decide(observed: Observed, nowMs: number): readonly (Action | Requeue)[];
  /** Does one action. Writes go through `reach.client`. Throws: ApiError; TerminalError when no later try can succeed. */
  act(action: Exclude<Action, Requeue>, reach: Reach): Promise<unknown>;
  /** How many keys are in hand at once. Default 1. */
  readonly workers?: number | undefined;
  /** How many actions of one key are done at once, after a slow start of 1, 2, 4… Default 1: in order. */
  readonly actsAtOnce?: number | undefined;
  /** The longest wait after failures, milliseconds. Default: the workqueue's. */
  readonly slowestMs?: number | undefined;
};

export type Outcome = "success" | "error" | "terminal";

/** Told what happens, for metrics. */
export type ReconcilerObserver = {
  readonly depth?: ((depth: number) => void) | undefined;
  readonly reconciled?: ((outcome: Outcome, durationMs: number) => void) | undefined;
};

export type ReconcilerPorts = {
  readonly name: string;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The informer that shows a resource, if this controller reads it. */
  readonly informerOf: (groupResource: string) => Informer<KubeObject> | undefined;
  readonly observer?: ReconcilerObserver | undefined;
  /** Told whenever it may have changed. */
  readonly onPhase: (phase: Phase) => void;
};

/** A write that some informer is to show. */
type Awaited = { readonly informer: Informer<KubeObject>; readonly shown: () => boolean };

/** An informer that does not show a write in this time is not waited for any longer. */
const SHOWN_WITHIN_MS = 30_000;

/** The keys of one controller and their workers. */
export class Reconciler<Observed, Action extends { readonly do: string }> {
  readonly queue: WorkQueue<string>;
  readonly #spec: Reconcile<Observed, Action>;
  readonly #ports: ReconcilerPorts;

  constructor(spec: Reconcile<Observed, Action>, ports: ReconcilerPorts) {
    const onDepth = ports.observer?.depth;
    const { slowestMs: maxDelayMs } = spec;
    this.queue = new WorkQueue({
      clock: ports.clock,
      ...(onDepth === undefined ? {} : { onDepth }),
      ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
    });
    this.#spec = spec;
    this.#ports = ports;
  }

  /** Handles keys until `signal` is aborted. */
  async work(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: this.#spec.workers ?? 1 }, () => this.#worker(signal)));
  }

  async #worker(signal: AbortSignal): Promise<void> {
    for await (const key of this.queue.keys(signal)) {
      this.#tellPhase();
      await this.#reconcile(key, signal);
    }
  }

  /** Resolves when the hand is free for another key; this one is let go once its writes are shown. */
  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { client, clock, observer } = this.#ports;
    const awaited: Awaited[] = [];
    const reach: Reach = { client: new NotingClient(client, (write) => this.#note(write, awaited)), signal };
    const startedAt = clock.now();
    const outcome = await this.#attempt(key, reach);
    if (outcome === "aborted") this.queue.add(key);
    else observer?.reconciled?.(outcome, clock.now() - startedAt);
    void this.#letGo(key, awaited, signal);
  }

  async #attempt(key: string, reach: Reach): Promise<Outcome | "aborted"> {
    try {
      const observed = await this.#spec.observe(key, reach);
      const decision = observed === undefined ? [] : this.#spec.decide(observed, this.#ports.clock.now());
      await this.#act(decision.filter(isAction), reach);
      this.queue.forget(key);
      for (const { afterMs } of decision.filter(isRequeue)) this.queue.addAfter(key, afterMs);
      return "success";
    } catch (error) {
      return reach.signal.aborted ? "aborted" : this.#failed(key, error);
    }
  }

  #failed(key: string, error: unknown): Outcome {
    const { logger, name } = this.#ports;
    if (error instanceof TerminalError) {
      logger("error", "reconcile failed for good", { controller: name, key, error });
      this.queue.forget(key);
      return "terminal";
    }
    logger(isReason(error, "Conflict") ? "info" : "warn", "reconcile failed", { controller: name, key, error });
    this.queue.addRateLimited(key);
    return "error";
  }

  /** Batches of 1, 2, 4… so that a cause which fails every action fails one of them, not hundreds. upstream: slowStartBatch */
  async #act(actions: readonly Exclude<Action, Requeue>[], reach: Reach): Promise<void> {
    const most = this.#spec.actsAtOnce ?? 1;
    for (let from = 0, size = 1; from < actions.length; from += size, size = Math.min(size * 2, most)) {
      const done = await Promise.allSettled(actions.slice(from, from + size).map((action) => this.#spec.act(action, reach)));
      for (const result of done) if (result.status === "rejected") throw result.reason;
    }
  }

  #note(write: Write, awaited: Awaited[]): void {
    const informer = this.#ports.informerOf(groupResource(write.resource));
    if (informer !== undefined) awaited.push({ informer, shown: shownBy(informer, write) });
  }

  async #letGo(key: string, awaited: readonly Awaited[], signal: AbortSignal): Promise<void> {
    if (!awaited.every(({ shown }) => shown())) await this.#untilShown(key, awaited, signal);
    this.queue.done(key);
    this.#tellPhase();
  }

  async #untilShown(key: string, awaited: readonly Awaited[], signal: AbortSignal): Promise<void> {
    const { clock, logger, name } = this.#ports;
    const late = new AbortController();
    const timer = clock.setTimeout(() => late.abort(new Error(`not shown in ${SHOWN_WITHIN_MS} ms`)), SHOWN_WITHIN_MS);
    const ended = AbortSignal.any([signal, late.signal]);
    try {
      await Promise.all(awaited.map(({ informer, shown }) => informer.waitUntil(shown, ended)));
    } catch (error) {
      if (!signal.aborted) logger("warn", "informers do not show what was written", { controller: name, key, error });
    } finally {
      clock.clearTimeout(timer);
    }
  }

  #tellPhase(): void {
    this.#ports.onPhase(this.queue.processing > 0 ? "taken" : this.queue.failing > 0 ? "failing" : "settled");
  }
}

const isRequeue = (action: { readonly do: string }): action is Requeue => action.do === "requeue";
const isAction = <Action extends { readonly do: string }>(action: Action | Requeue): action is Exclude<Action, Requeue> =>
  !isRequeue(action);
