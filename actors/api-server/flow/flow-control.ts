// API priority and fairness: every request is placed by a flow schema in a priority level, and runs when that level has a
// seat for its flow. upstream: apiserver/pkg/util/flowcontrol, KEP-1040
//
// P1 A request that is let in ends by `leave`, once. P2 Who waits is started, timed out or gone with its client, never
// forgotten. P3 A change of the objects counts for the next request; what waits stays where it is until its level is idle.
import { flowSchemas, type FlowSchema } from "#api/flowcontrol/v1/flow-schema.ts";
import { priorityLevelConfigurations, type PriorityLevelConfiguration } from "#api/flowcontrol/v1/priority-level-configuration.ts";
import { ApiError, failure } from "#api/meta/status.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { RequestOptions, User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import type { Attributes } from "../authorizer.ts";
import type { Family } from "#lib/metrics.ts";
import type { ObjectSource } from "../objects.ts";
import { FLOW_SCHEMAS, PRIORITY_LEVELS } from "./defaults.ts";
import { Level, levelSpecOf, type Visit } from "./level.ts";
import { flowFamilies } from "./level-counts.ts";
import { bySchemaOrder, distinguisherOf, schemaMatches } from "./match.ts";
import { Pace, type Breathe } from "./pace.ts";
import { divide, Seats, type Share, type ShareSpec } from "./seats.ts";
import { seatsWanted, type HoldingsOf } from "./width.ts";

/** What a request holds while it runs. */
export type Ticket = {
  /** Tells the client how it was placed. */
  readonly headers: { readonly [name: string]: string };
  leave(): void;
};

export type FlowControlOptions = {
  readonly objects: ObjectSource;
  readonly clock: Clock;
  /** How many requests run at once, in all levels together. */
  readonly seats: number;
  /** What there is of a resource, as lists of it weigh more. Default: nobody knows. */
  readonly holdings?: HoldingsOf | undefined;
  /** Lets the server hear others between requests. Default: nobody needs to be heard. */
  readonly breathe?: Breathe | undefined;
};

/** upstream: a quarter of the request timeout */
const WAIT_LIMIT_MS = 15_000;

type Schema = { readonly object: FlowSchema; readonly name: string; readonly level: Level; readonly headers: Ticket["headers"] };

/** What a level that is no more has of its own: who still waits in it borrows. */
const NOTHING: Share = { nominal: 0, guaranteed: 0, most: Infinity, inUse: 0 };

const shareSpecOf = ({ spec }: PriorityLevelConfiguration): ShareSpec => {
  const { nominalConcurrencyShares: shares = 0, lendablePercent = 0 } = spec?.limited ?? spec?.exempt ?? {};
  return { shares, lendablePercent, borrowingLimitPercent: spec?.limited?.borrowingLimitPercent };
};

/** Places requests, and lets them in. */
export class FlowControl {
  readonly #options: FlowControlOptions;
  #schemas: readonly Schema[] = [];
  #levels: readonly Level[] = [];
  #seats = new Seats([]);
  readonly #pace: Pace;
  #isStale = true;

  constructor(options: FlowControlOptions) {
    this.#options = options;
    this.#pace = new Pace(options.breathe, () => this.#dispatch());
    const stale = (): void => void (this.#isStale = true);
    options.objects.follow(flowSchemas, stale);
    options.objects.follow(priorityLevelConfigurations, stale);
  }

  /** Lets a request in now, or when its turn comes. Throws: TurnedAway. */
  enter(user: User, attributes: Attributes, signal: AbortSignal, options: RequestOptions = NO_OPTIONS): Ticket | Promise<Ticket> {
    if (this.#isStale) this.#configure();
    const schema = this.#schemas.find(({ object }) => schemaMatches(object, user, attributes));
    if (schema === undefined) throw new TurnedAway({}, 1); // somebody of no group
    const { level, name, headers } = schema;
    const flow = `${name}/${distinguisherOf(schema.object, user, attributes)}`;
    const cameAt = this.#options.clock.now();
    let isRunning = false;
    let begun = (): void => void (isRunning = true);
    const seats = Math.min(seatsWanted(attributes, options, this.#options.holdings ?? NOTHING_KNOWN), level.most);
    const isWatch = attributes.verb === "watch";
    const visit: Visit = { level, schema: name, flow, seats, isWatch, cameAt, startedAt: cameAt, begin: () => begun() };
    if (level.admit(visit, this.#seats) !== undefined) throw turnedAway(visit, headers);
    const ticket: Ticket = { headers, leave: () => this.#leave(visit) };
    if (!isRunning) this.#dispatch(level);
    if (isRunning) return ticket;
    return this.#wait(visit, { ticket, signal, onBegin: (resolve) => (begun = resolve) });
  }

  /** What /metrics shows. */
  families(): readonly Family[] {
    if (this.#isStale) this.#configure();
    return flowFamilies(this.#levels);
  }

  #wait(visit: Visit, { ticket, signal, onBegin }: Waiting): Promise<Ticket> {
    const { clock } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Ticket>();
    const settle = (): void => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", gone);
    };
    const giveUp = (why: "time-out" | "cancelled"): void => {
      settle();
      visit.level.abandon(visit, why);
      reject(turnedAway(visit, ticket.headers));
    };
    const gone = (): void => giveUp("cancelled");
    const timer = clock.setTimeout(() => giveUp("time-out"), WAIT_LIMIT_MS);
    signal.addEventListener("abort", gone, { once: true });
    onBegin(() => {
      settle();
      resolve(ticket);
    });
    return promise;
  }

  #leave(visit: Visit): void {
    visit.level.leave(visit, this.#seats);
    this.#dispatch();
  }

  /** Starts who may start: first in levels that have not got their own share, and only then in those that borrow. */
  #dispatch(only?: Level): void {
    const waiting = this.#levels.filter((level) => level.hasWaiting);
    if (only !== undefined && waiting.length === 1) return only.dispatch(this.#seats, this.#pace);
    for (const level of waiting) if (level.isShort) level.dispatch(this.#seats, this.#pace);
    if (waiting.some((level) => level.isShort)) return;
    for (const level of waiting) level.dispatch(this.#seats, this.#pace);
  }

  #configure(): void {
    this.#isStale = false;
    const { objects, clock, seats } = this.#options;
    const levels = named([...PRIORITY_LEVELS.filter(isMandatory), ...objects.list(priorityLevelConfigurations)]);
    const shares = divide(seats, new Map([...levels].map(([name, level]) => [name, shareSpecOf(level)])));
    const kept = new Map(this.#levels.map((level) => [level.spec.name, level]));
    const next = new Map<string, Level>();
    for (const [name, share] of shares) {
      const spec = levelSpecOf(levels.get(name) ?? {});
      const old = kept.get(name);
      const isSame = old !== undefined && deepEqual(old.spec, spec);
      next.set(name, isSame ? old.resized(share) : new Level(spec, share, clock));
      if (isSame) kept.delete(name);
    }
    const ending = [...kept.values()].filter((level) => level.hasWaiting || level.share.inUse > 0);
    this.#levels = [...next.values(), ...ending.map((level) => level.resized(NOTHING))];
    this.#seats = new Seats(this.#levels.map(({ share }) => share));
    this.#schemas = schemasIn(named([...FLOW_SCHEMAS.filter(isMandatory), ...objects.list(flowSchemas)]), next);
  }
}

type Waiting = { readonly ticket: Ticket; readonly signal: AbortSignal; readonly onBegin: (resolve: () => void) => void };

const isMandatory = ({ metadata }: KubeObject): boolean => metadata?.name === "exempt" || metadata?.name === "catch-all";

/** By name; the later of a name counts. */
const named = <T extends KubeObject>(objects: readonly T[]): ReadonlyMap<string, T> =>
  new Map(objects.map((object) => [object.metadata?.name ?? "", object]));

/** Schemas whose level is there, in the order in which they are tried. */
const schemasIn = (objects: ReadonlyMap<string, FlowSchema>, levels: ReadonlyMap<string, Level>): readonly Schema[] =>
  [...objects.values()].toSorted(bySchemaOrder).flatMap((object) => {
    const level = levels.get(object.spec?.priorityLevelConfiguration.name ?? "");
    const { name = "", uid = "" } = object.metadata ?? {};
    if (level === undefined) return [];
    const headers = { "X-Kubernetes-PF-FlowSchema-UID": uid, "X-Kubernetes-PF-PriorityLevel-UID": level.spec.uid };
    return [{ object, name, level, headers }];
  });

const NO_OPTIONS: RequestOptions = {};
const NOTHING_KNOWN: HoldingsOf = () => undefined;

/** A request that finds no seat, with how it was placed. upstream: apiserver/pkg/server/filters tooManyRequests */
export class TurnedAway extends ApiError {
  readonly headers: Ticket["headers"];

  constructor(headers: Ticket["headers"], retryAfterSeconds: number) {
    super(failure("TooManyRequests", "Too many requests, please try again later.", { retryAfterSeconds }).status);
    this.headers = headers;
  }
}

const turnedAway = ({ level }: Visit, headers: Ticket["headers"]): TurnedAway => new TurnedAway(headers, level.turnAway());
