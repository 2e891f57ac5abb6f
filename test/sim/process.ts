// A process of the simulated cluster: it has its own clock, chance and connections, and it can crash or stand still. A crash
// leaves nothing of it: its timers never fire, its messages are never sent, what it still computes reaches nobody. A process
// that stood still goes on as if no time had passed: what reached it meanwhile, and the timers that fell due, come at once.
import type { User } from "#lib/api.ts";
import { Client } from "#lib/client.ts";
import type { Clock, TimerId } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import type { Random } from "#lib/random.ts";
import { streamOf } from "./draw.ts";
import { Gate } from "./gate.ts";
import type { World } from "./world.ts";

/** What the code of a process is given when it starts. */
export type Life = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Aborted when the process is to end in good order, and when it has crashed. */
  readonly signal: AbortSignal;
  /** A client that speaks as the user. */
  readonly connect: (user: User) => Client;
  /** The object, until the process has crashed: then its methods do nothing but reject. For ports that outlive a process. */
  readonly mortal: <T extends object>(object: T) => T;
};

export class Process {
  readonly name: string;
  readonly #world: World;
  readonly #boot: (life: Life) => void;
  #lives = 0;
  #clock: ProcessClock | undefined;
  #end: AbortController | undefined;
  #transports: MemoryTransport[] = [];
  #gate: Gate | undefined;
  /** How far its clock is from true time, milliseconds. */
  skewMs = 0;

  constructor(world: World, name: string, boot: (life: Life) => void) {
    this.#world = world;
    this.name = name;
    this.#boot = boot;
  }

  get isUp(): boolean {
    return this.#clock !== undefined;
  }

  start(): void {
    if (this.isUp) return;
    const world = this.#world;
    const life = ++this.#lives;
    const gate = new Gate(world.clock);
    const clock = new ProcessClock(world.clock, gate, () => this.skewMs);
    const end = new AbortController();
    this.#gate = gate;
    this.#clock = clock;
    this.#end = end;
    world.log.write(world.clock.now(), this.name, `starts (life ${life})`);
    this.#boot({
      clock,
      random: streamOf(world.seed, `${this.name}/${life}`),
      logger: (level, message, keys) => {
        if (!clock.isDead && level !== "debug") world.log.write(world.clock.now(), this.name, `${level} ${message} ${print(keys)}`);
      },
      signal: end.signal,
      connect: (user) => this.#connect(user, clock, gate),
      mortal: (object) => mortal(object, clock),
    });
  }

  /** Asks it to end; it may still say goodbye until it is crashed. */
  stop(): void {
    this.#end?.abort(new Error("the process is to end"));
  }

  /**
   * Stands still until the answer is called, which says whether timers that fell due come before messages that arrived. Only for
   * a process that hears of the world by its clock and its connections alone.
   */
  pause(): (timersFirst: boolean) => void {
    const gate = this.#gate;
    gate?.shut();
    return (timersFirst) => gate?.open(timersFirst);
  }

  crash(): void {
    if (this.#clock === undefined) return;
    this.#world.log.write(this.#world.clock.now(), this.name, "crashes");
    this.#clock.kill();
    this.#clock = undefined;
    for (const transport of this.#transports) void transport.close();
    this.#transports = [];
    this.#end?.abort(new Error("the process has crashed"));
  }

  #connect(user: User, clock: ProcessClock, gate: Gate): Client {
    const { network, server } = this.#world;
    const transport = new MemoryTransport({
      handler: server,
      user,
      deliver: network.link(this.name, server.name),
      patience: { clock: this.#world.clock, answerMs: 10_000, silenceMs: 25_000, heartbeatMs: 10_000 },
    });
    if (clock.isDead) void transport.close();
    else this.#transports.push(transport);
    return new Client(gate.before(this.#world.observe(this.name, user, transport)));
  }
}

/** The clock of one life of a process. */
class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #skewMs: () => number;
  isDead = false;

  constructor(clock: Clock, gate: Gate, skewMs: () => number) {
    this.#clock = clock;
    this.#gate = gate;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#clock.now() + this.#skewMs();
  }

  setTimeout(fn: () => void, delayMs: number): TimerId {
    if (this.isDead) return undefined;
    const timer = { cancelled: false, id: undefined as TimerId };
    const fire = (): void => void (this.isDead || timer.cancelled || fn());
    timer.id = this.#clock.setTimeout(() => this.#gate.pass("timer", fire), delayMs);
    return timer;
  }

  clearTimeout(id: TimerId): void {
    if (id === undefined) return;
    const timer = id as { cancelled: boolean; readonly id: TimerId };
    timer.cancelled = true;
    this.#clock.clearTimeout(timer.id);
  }

  kill(): void {
    this.isDead = true;
  }
}

const mortal = <T extends object>(object: T, clock: { readonly isDead: boolean }): T =>
  new Proxy(object, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown =>
        clock.isDead ? Promise.reject(new Error("called by a dead process")) : Reflect.apply(value, target, args);
    },
  });

const print = (keys: { readonly [key: string]: unknown } = {}): string =>
  Object.entries(keys)
    .map(([key, value]) => `${key}=${value instanceof Error ? value.message : String(value)}`)
    .join(" ");
