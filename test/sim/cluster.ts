// The parts of a simulated cluster that every scenario has: the store, the API server in front of it, those who watch the
// invariants, and an operator whose hands never shake.
import { kinds } from "#api/resources.ts";
import { failure } from "#api/meta/status.ts";
import { defaultConfig, type Guards } from "#actors/api-server/ports.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import { MemoryWebhooks } from "#test/support/webhooks.ts";
import { createApiServer } from "#actors/api-server/server.ts";
import { emptyContent, MemoryStore } from "#actors/store/memory.ts";
import { union } from "#actors/api-server/authorizer.ts";
import { createEscalationCheck } from "#actors/api-server/authz/escalation.ts";
import { createNodeAuthorizer } from "#actors/api-server/authz/node.ts";
import { privileged } from "#actors/api-server/authz/privileged.ts";
import { createRbac } from "#actors/api-server/authz/rbac.ts";
import type { ObjectSource } from "#actors/api-server/objects.ts";
import type { User } from "#lib/api.ts";
import { toTime, type Clock } from "#lib/clock.ts";
import { Client } from "#lib/client.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import type { Random } from "#lib/random.ts";
import { chance, oneOf, streamOf } from "./draw.ts";
import { watchCapacity } from "./capacity-check.ts";
import type { StoreWeather } from "./faults.ts";
import { History, placeOf } from "./history.ts";
import { Overseer } from "./overseer.ts";
import { witness } from "./witness.ts";
import type { World } from "./world.ts";

export const ADMIN: User = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };

/** What changes too often to be written down. */
const QUIET = new Set(["leases", "events"]);

export class Cluster {
  readonly world: World;
  readonly content = emptyContent();
  readonly history: History;
  readonly store: StoreWeather = { delayMs: 0, loss: 0 };
  /** Speaks to the API server without a network between. */
  readonly operator: Client;
  readonly #end = new AbortController();

  constructor(world: World) {
    this.world = world;
    const violated = world.violated.bind(world);
    this.history = new History(new MemoryStore(this.content), violated, this.#end.signal);
    const overseer = new Overseer(this.history, violated);
    world.tap(witness(this.history, violated));
    world.tap(watchCapacity(this.history, violated));
    this.history.onChange(({ key, revision, object }) => {
      if (!QUIET.has(key.resource))
        world.log.write(world.clock.now(), "store", `${object === undefined ? "delete" : "put"} ${placeOf(key)}@${revision}`);
    });
    const config = { ...defaultConfig, ...shortMemory(streamOf(world.seed, "config")) };
    world.process(world.server.name, ({ clock, logger, random, signal }) => {
      const chanceOfStore = streamOf(world.seed, `store/${random.next()}`);
      const faults = {
        delayMs: () => (this.store.delayMs === 0 ? 0 : Math.ceil(chanceOfStore.next() * this.store.delayMs)),
        isLost: () => this.store.loss > 0 && chance(chanceOfStore, this.store.loss),
      };
      const { sabotage } = world;
      const kept = new MemoryStore(this.content, { clock, faults });
      const honest = guardsOf(clock);
      const server = createApiServer({
        store: sabotage.store?.(kept, this.content) ?? kept,
        clock,
        random,
        log: logger,
        scheme: new Scheme(kinds),
        nodes,
        webhooks: new MemoryWebhooks(),
        config,
        guards: (objects) => (sabotage.guards ?? same)(honest(objects)),
      });
      world.server.up(overseer.at(sabotage.server?.(server, this.content) ?? server));
      const down = (): void => {
        world.server.down();
        void kept.close();
      };
      signal.addEventListener("abort", down, { once: true });
    });
    this.operator = new Client(
      new MemoryTransport({
        handler: world.server,
        user: ADMIN,
        deliver: (message) => void world.clock.setTimeout(message, 1),
        patience: { clock: world.clock, answerMs: 10_000, silenceMs: 25_000, heartbeatMs: 10_000 },
      }),
    );
  }

  /** Does it again until it succeeds, as time passes. Throws: Violation; when it does not succeed in ten minutes. */
  async insist<T>(attempt: () => Promise<T>): Promise<T> {
    let done: { readonly value: T } | undefined;
    let error: unknown;
    const { clock } = this.world;
    const tryOnce = (): void => {
      void attempt().then(
        (value) => (done = { value }),
        (thrown: unknown) => {
          error = thrown;
          this.world.log.write(clock.now(), "operator", `tries again: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
          clock.setTimeout(tryOnce, 500);
        },
      );
    };
    tryOnce();
    await this.world.until(() => done !== undefined, 600_000);
    if (done === undefined) throw new Error("the operator did not succeed", { cause: error });
    return done.value;
  }

  end(): void {
    for (const process of this.world.processes.values()) process.crash();
    this.#end.abort();
  }
}

/** Some seeds have a server that soon forgets, so that watches meet a 410, or are cut off for being slow. */
const shortMemory = (random: Random) => ({
  historyMs: oneOf(random, [2_000, 30_000, 300_000]),
  historyEvents: oneOf(random, [20, 1_000, 100_000]),
  bookmarkMs: oneOf(random, [5_000, 60_000]),
  maxWaitingEvents: oneOf(random, [10, 1_000]),
});

const same = <T>(value: T): T => value;

const nodes = { stream: () => Promise.reject(failure("ServiceUnavailable", "no node streams in a simulation")) };

/** The real rules; only what would sign or review with real keys is left out. */
const guardsOf =
  (clock: Clock) =>
  (objects: ObjectSource): Guards => {
    const rbac = createRbac(objects);
    const authorizer = union([privileged, createNodeAuthorizer(objects), rbac]);
    const expiresAt = (): string => toTime(clock.now() + 3_600_000);
    return {
      authorizer,
      escalation: createEscalationCheck(authorizer, rbac),
      reviews: { review: () => Promise.reject(failure("Forbidden", "no reviews in a simulation")) },
      tokens: { issue: async (_account, request) => ({ ...request, status: { token: "a token", expirationTimestamp: expiresAt() } }) },
    };
  };
