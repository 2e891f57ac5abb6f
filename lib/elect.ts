// Leader election by a Lease, as client-go does it: at most one holder believes that it leads, as long as clocks run at
// the same rate; nobody's clock need show the right time, since a holder's lease is counted from when its last renewal
// was seen here. upstream: client-go/tools/leaderelection
//
// E1 a leader that cannot renew stops before anyone else can begin: it holds for 2 s and tries for 10 s after an answer that
// took at most 2.5 s, and others wait 15 s from when the renewal was written.
import { createActor, fromPromise } from "xstate";
import { leases, type Lease } from "#api/coordination/v1/lease.ts";
import type { Stored } from "#api/meta/object.ts";
import { failure, isReason } from "#api/meta/status.ts";
import { toMicroTime } from "./clock.ts";
import type { ComponentPorts } from "./component.ts";
import { electMachine, type Attempt } from "./elect-machine.ts";

export type ElectorOptions = ComponentPorts & {
  /** The Lease: `kube-scheduler` in kube-system. */
  readonly lease: { readonly namespace: string; readonly name: string };
  /** This process, told apart from every other: host name and a random part. */
  readonly identity: string;
  /** Called on every change; leading must end before this returns with false. */
  readonly onLeading: (leading: boolean) => void;
};

const LEASE_SECONDS = 15;
const RETRY_MS = 2_000;
/** A candidate waits between once and 2.2 times the retry period. upstream: leaderelection.JitterFactor */
const JITTER = 1.2;
/** An answer that took longer counts as none: the lease may have aged too much on its way. */
const ANSWER_WITHIN_MS = 2_500;

/** One process's candidacy for one Lease. */
export class Elector {
  readonly #options: ElectorOptions;
  #observed: { readonly lease: Stored<Lease>; readonly at: number } | undefined;
  #leading = false;

  constructor(options: ElectorOptions) {
    this.#options = options;
  }

  /** Stands for election until `signal` is aborted; resolves when the lease, if held, was given back. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, inspect, lease } = this.#options;
    const machine = electMachine.provide({
      actors: { attempt: fromPromise(({ signal: ended }) => this.#attemptInTime(ended)) },
      actions: { tell: (_, { leading }) => this.#tell(leading) },
      delays: { candidateMs: () => RETRY_MS * (1 + random.next() * JITTER) },
    });
    const actor = createActor(machine, { id: `elect/${lease.name}`, clock, ...(inspect === undefined ? {} : { inspect }) });
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    actor.start();
    await promise;
    actor.stop();
    if (!this.#leading) return;
    this.#tell(false);
    await this.#release();
  }

  #tell(leading: boolean): void {
    if (this.#leading === leading) return;
    this.#leading = leading;
    const { logger, lease, identity, onLeading } = this.#options;
    logger("info", leading ? "became leader" : "stopped leading", { lease: `${lease.namespace}/${lease.name}`, identity });
    onLeading(leading);
  }

  async #attemptInTime(signal: AbortSignal): Promise<Attempt> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    const found = await this.#attempt(signal);
    if (clock.now() - startedAt > ANSWER_WITHIN_MS) throw failure("Timeout", "the lease was answered too late");
    return found;
  }

  async #attempt(signal: AbortSignal): Promise<Attempt> {
    const { client, identity } = this.#options;
    if (this.#leading && this.#observed !== undefined) {
      const renewed = await this.#update(this.#observed.lease, signal); // nobody has touched it, most likely
      if (renewed) return "held by us";
    }
    const lease = await this.#read(signal);
    if (lease === undefined) {
      const { lease: metadata } = this.#options;
      this.#observe(await client.create(leases, { metadata, spec: this.#spec(undefined) }, {}, signal));
      return "held by us";
    }
    if (lease.spec?.holderIdentity !== identity && this.#isValid()) return "held by another";
    return (await this.#update(lease, signal)) ? "held by us" : "held by another";
  }

  /** False: somebody else has written the lease since. */
  async #update(lease: Stored<Lease>, signal?: AbortSignal): Promise<boolean> {
    try {
      this.#observe(await this.#options.client.update(leases, { ...lease, spec: this.#spec(lease) }, {}, signal));
      return true;
    } catch (error) {
      if (isReason(error, "Conflict")) return false;
      throw error;
    }
  }

  async #read(signal: AbortSignal): Promise<Stored<Lease> | undefined> {
    try {
      const lease = await this.#options.client.get(leases, this.#options.lease, signal);
      this.#observe(lease);
      return lease;
    } catch (error) {
      if (isReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #observe(lease: Stored<Lease>): void {
    if (lease.metadata.resourceVersion === this.#observed?.lease.metadata.resourceVersion) return;
    this.#observed = { lease, at: this.#options.clock.now() };
  }

  #isValid(): boolean {
    const { holderIdentity = "", leaseDurationSeconds = 0 } = this.#observed?.lease.spec ?? {};
    if (holderIdentity === "" || this.#observed === undefined) return false;
    return this.#observed.at + leaseDurationSeconds * 1_000 > this.#options.clock.now();
  }

  #spec(lease: Stored<Lease> | undefined): NonNullable<Lease["spec"]> {
    const { clock, identity } = this.#options;
    const now = toMicroTime(clock.now());
    const { holderIdentity, acquireTime = now, leaseTransitions = 0 } = lease?.spec ?? {};
    const isRenewal = holderIdentity === identity;
    const transitions = isRenewal || lease === undefined ? leaseTransitions : leaseTransitions + 1;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: isRenewal ? acquireTime : now,
      renewTime: now,
      leaseTransitions: transitions,
    };
  }

  /** Lets the next candidate begin without waiting. upstream: LeaderElector.release */
  async #release(): Promise<void> {
    const { client, clock, logger } = this.#options;
    if (this.#observed === undefined) return;
    const { lease } = this.#observed;
    const now = toMicroTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: now, acquireTime: now };
    try {
      await client.update(leases, { ...lease, spec });
    } catch (error) {
      logger("warn", "lease not given back", { lease: `${lease.metadata.namespace}/${lease.metadata.name}`, error });
    }
  }
}
