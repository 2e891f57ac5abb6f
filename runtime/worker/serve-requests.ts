// Requests to a guest, each on an instance of its own.
//
// V1 an instance has one request at a time. V2 a request does not see what another left behind, unless the pod asks for it.
// V3 a trap costs one request its answer, and its instance; the guest goes on. Want of memory is the end of the guest.
import type { IncomingMessage, ServerResponse } from "node:http";
import { trapText } from "./exit.ts";
import type { LogFile } from "./log-file.ts";
import { Exchange, refuse } from "./serve-exchange.ts";
import type { Snapshot } from "./instance-state.ts";
import type { ServingInstance } from "./serve-instance.ts";
import { PoolFull, type InstancePool } from "./serve-pool.ts";

export type RequestsOptions = {
  readonly pool: InstancePool<ServingInstance>;
  readonly log: LogFile;
  /** Instances keep what they remember. */
  readonly reuses: boolean;
  /** What an instance is before its first request, if it can be put back to that. */
  readonly first: () => Snapshot | undefined;
  /** A request failed for want of memory. */
  readonly outOfMemory: () => void;
};

const encoder = new TextEncoder();

/** The requests of one guest. */
export class Requests {
  readonly #options: RequestsOptions;
  readonly #open = new Set<ServerResponse>();
  readonly #drained = Promise.withResolvers<void>();
  #isLast = false;

  constructor(options: RequestsOptions) {
    this.#options = options;
  }

  /** Answers a request. */
  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open.add(response);
    response.once("close", () => this.#closed(response));
    response.on("error", () => undefined); // whoever writes it hears of its close
    if (this.#isLast) response.shouldKeepAlive = false;
    try {
      const taken = this.#options.pool.take();
      await this.#answer(taken instanceof Promise ? await taken : taken, message, response);
    } catch (error) {
      if (!(error instanceof PoolFull)) this.#complain(error as Error);
      refuse(response, error instanceof PoolFull ? 503 : 500, (error as Error).message);
    }
  }

  /** Resolves when what has begun is answered. Connections end with their answers. */
  drain(): Promise<void> {
    this.#isLast = true;
    for (const response of this.#open) response.shouldKeepAlive = false;
    if (this.#open.size === 0) this.#drained.resolve();
    return this.#drained.promise;
  }

  async #answer(instance: ServingInstance, message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pool } = this.#options;
    if (response.destroyed) return pool.give(instance);
    const exchange = new Exchange(message, response);
    const cancel = (): void => {
      if (!response.writableFinished) instance.cancel(); // nobody waits for the answer
    };
    response.once("close", cancel);
    const failure = await instance.handle(exchange.request, exchange.out);
    response.off("close", cancel);
    if (failure !== undefined) this.#failed(instance, failure);
    exchange.end(failure);
    if (failure === undefined && !instance.hasEnded && this.#isReady(instance)) pool.give(instance);
    else pool.drop(instance);
  }

  // Whether it can have the next request: as it is, or as it was before the first.
  #isReady(instance: ServingInstance): boolean {
    const { reuses, first } = this.#options;
    if (reuses) return true;
    const snapshot = first();
    return snapshot !== undefined && instance.restore(snapshot);
  }

  #failed(instance: ServingInstance, failure: Error): void {
    if (instance.hasEnded) return;
    this.#complain(failure);
    if (instance.wasRefusedMemory) this.#options.outOfMemory();
  }

  #complain(error: Error): void {
    this.#options.log.write("stderr", encoder.encode(trapText(error)));
  }

  #closed(response: ServerResponse): void {
    this.#open.delete(response);
    if (this.#isLast && this.#open.size === 0) this.#drained.resolve();
  }
}
