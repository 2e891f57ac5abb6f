// HOW one pod lives: carries out what its machine asks for, and tells the machine of every change. Its containers are kept
// in crew.ts, what it has of the node in place.ts.
import { createActor, type Actor } from "xstate";
import type { V1PodStatus } from "#api/generated/types.ts";
import { objectKey } from "#api/meta/object.ts";
import { backoffMs } from "#lib/backoff.ts";
import type { Container, Sandbox } from "#runtime/port.ts";
import { gracePeriodOf, type BoundPod } from "./containers.ts";
import { Crew } from "./crew.ts";
import { decide, type Decision, type Stage } from "./decide.ts";
import type { ContainerFacts } from "./facts.ts";
import { podMachine, type PodPorts } from "./io.ts";
import type { machine } from "./machine.ts";
import { PodPlace } from "./place.ts";
import type { PodServices } from "./services.ts";
import { isEnded, podStatus, type Verdict } from "./status.ts";

/** What the runtime has of a pod when its kubelet takes it on. */
export type Found = { readonly sandbox: Sandbox | undefined; readonly containers: readonly Container[] };

const BACKOFF = { baseMs: 500, maxMs: 122_000 };

/** One pod on its node. */
export class PodWorker implements PodPorts {
  readonly #services: PodServices;
  readonly #actor: Actor<typeof machine>;
  readonly #place: PodPlace;
  readonly #crew: Crew;
  readonly #startedAt: number;
  #pod: BoundPod;
  #decision: Decision = { stage: "pulling", actions: [] };
  #status: V1PodStatus;
  #verdict: Verdict | undefined;
  #final = false;

  constructor(services: PodServices, pod: BoundPod, { sandbox, containers }: Found) {
    this.#services = services;
    this.#pod = pod;
    this.#status = pod.status ?? {};
    this.#startedAt = this.#status.startTime === undefined ? services.clock.now() : Date.parse(this.#status.startTime);
    this.#place = new PodPlace(services, pod, sandbox);
    const changed = (): void => this.#actor.send({ type: "changed" });
    this.#crew = new Crew({ services, place: this.#place, pod: () => this.#pod, changed }, containers);
    const known = this.#status.startTime !== undefined;
    const input = { known, ended: isEnded(this.#status.phase), deleted: pod.metadata.deletionTimestamp !== undefined };
    const inspect = services.inspect === undefined ? {} : { inspect: services.inspect };
    this.#actor = createActor(podMachine(this), { id: `pod/${objectKey(pod)}`, clock: services.clock, input, ...inspect });
  }

  get uid(): string {
    return this.#pod.metadata.uid;
  }

  get pod(): BoundPod {
    return this.#pod;
  }

  get podIps(): readonly string[] {
    return this.#place.podIps;
  }

  /** Nothing of the pod runs, nor will. */
  get ended(): boolean {
    return this.#final;
  }

  /** What is known of each container. */
  get containers(): readonly (readonly [string, ContainerFacts])[] {
    return [...this.#crew.facts];
  }

  /** What is known of a container; undefined: nothing. */
  factsOf(container: string): ContainerFacts | undefined {
    return this.#crew.facts.get(container);
  }

  /** Begins; `onRemoved` is called when nothing of the pod is left, `onBroken` when its machine has failed. */
  start(onRemoved: () => void, onBroken: (error: unknown) => void): void {
    this.#actor.subscribe({ complete: onRemoved, error: onBroken });
    this.#actor.start();
    this.#crew.probeAll();
  }

  /** The API object has changed. */
  observe(pod: BoundPod): void {
    const before = this.#pod;
    this.#pod = pod;
    const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    if (deletionTimestamp === undefined) return this.#actor.send({ type: "changed" });
    if (before.metadata.deletionTimestamp === undefined) return this.#actor.send({ type: "deleted" });
    const hurried = deletionGracePeriodSeconds < (before.metadata.deletionGracePeriodSeconds ?? 0);
    return this.#actor.send({ type: hurried ? "hurried" : "changed" });
  }

  /** The API object is gone. */
  vanish(): void {
    this.#actor.send({ type: "gone" });
  }

  /** The node cannot keep the pod. */
  evict(verdict: Verdict): void {
    this.#actor.send({ type: "evicted", verdict });
  }

  /** The instant that was asked for has come. */
  wake(): void {
    this.#actor.send({ type: "due" });
  }

  /** The runtime says that one of the pod's containers has changed. */
  containerChanged(container: Container): void {
    this.#crew.seen(container);
  }

  /** Stops what runs, says nothing to the API: the kubelet itself goes. */
  async shutDown(graceMs: number, signal: AbortSignal): Promise<void> {
    this.#actor.stop();
    await this.#crew.stopAll(Math.min(graceMs, gracePeriodOf(this.#pod) * 1000), signal);
    await this.#place.removeSandbox();
  }

  admit(): Verdict | undefined {
    const verdict = this.#services.admit(this.#pod);
    if (verdict !== undefined) this.#services.record(this.#pod, { type: "Warning", ...verdict });
    return verdict;
  }

  prepare(signal: AbortSignal): Promise<void> {
    return this.#place.prepare(this.#pod, this.#crew.track, signal);
  }

  look(): Stage {
    const now = this.#services.clock.now();
    this.#decision = decide({ pod: this.#pod, containers: this.#crew.facts, startedAt: this.#startedAt, now });
    return this.#decision.stage;
  }

  perform(): void {
    for (const action of this.#decision.actions) this.#crew.perform(action);
    this.#services.wakeAt(this.uid, this.#decision.lookAgainAt);
  }

  report(): void {
    const { clock, hostIps, statuses } = this.#services;
    const facts = {
      containers: this.#crew.facts,
      podIps: this.podIps,
      sandboxReady: this.#place.sandboxId !== undefined && !this.#final,
      startedAt: this.#startedAt,
      final: this.#final,
      verdict: this.#verdict,
    };
    this.#status = podStatus({ pod: this.#pod, facts, hostIps: hostIps(), previous: this.#status, now: clock.now() });
    const starting = this.#status.phase === "Pending" && [...facts.containers.values()].every(({ waiting }) => waiting === undefined);
    const ending = this.#pod.metadata.deletionTimestamp !== undefined && !this.#final;
    statuses.set(this.#pod, this.#status, starting || ending ? "soon" : "now");
  }

  backOff(failures: number): void {
    const { clock, random, wakeAt } = this.#services;
    wakeAt(this.uid, clock.now() + backoffMs(BACKOFF, failures, random));
  }

  succeeded(): boolean {
    return this.#status.phase === "Succeeded";
  }

  async terminate(verdict: Verdict | undefined, signal: AbortSignal): Promise<void> {
    const { wakeAt, record, freed, statuses } = this.#services;
    if (verdict?.reason === "DeadlineExceeded") record(this.#pod, { type: "Normal", ...verdict });
    wakeAt(this.uid, undefined);
    await this.#crew.stopAll(verdict?.evictionGraceMs ?? gracePeriodOf(this.#pod) * 1000, signal);
    if (signal.aborted) return;
    this.#verdict = verdict;
    this.#final = true;
    freed(this.uid);
    this.report();
    // until the API knows how the pod ended, the runtime does: a kubelet that starts anew would run its containers again
    await statuses.flushed(this.uid, signal);
    await this.#place.clear(this.uid);
  }

  async remove(signal: AbortSignal): Promise<void> {
    await this.#services.statuses.flushed(this.uid, signal);
    await this.#services.deletePod(this.#pod, signal);
  }
}
