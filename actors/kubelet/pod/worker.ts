// HOW one pod lives: holds the facts, carries out what is decided, and tells its machine of every change.
//
// W1 every task of the pod is tracked, and its end waits for all of them: nothing starts behind its back. W2 facts change
// only through `learn`. W3 what the runtime says of a container is taken in the order in which it comes.
import { createActor, type Actor } from "xstate";
import type { V1PodStatus } from "#api/generated/types.ts";
import { objectKey } from "#api/meta/object.ts";
import { backoffMs } from "#lib/backoff.ts";
import type { Container, Sandbox } from "#runtime/port.ts";
import { logPathOf } from "../log-paths.ts";
import { containersOf, gracePeriodOf, type BoundPod, type PodContainer } from "./containers.ts";
import { decide, type Action, type Decision, type Stage } from "./decide.ts";
import { learn, nextAttempt, UNKNOWN, type ContainerFacts, type Fact } from "./facts.ts";
import { podMachine, type PodPorts } from "./io.ts";
import type { machine } from "./machine.ts";
import { backingOff, stopMessage, graceOfStop } from "./words.ts";
import { exitOfContainer, lost, restore } from "./restore.ts";
import type { PodServices, VolumePaths } from "./services.ts";
import { startContainer } from "./start.ts";
import { isEnded, podStatus, type Verdict } from "./status.ts";
import { stopContainer, stopContainers, type Stopping } from "./stop.ts";
import { Tasks } from "./tasks.ts";
import { terminationMessage } from "./termination-message.ts";

/** What the runtime has of a pod when its kubelet takes it on. */
export type Found = { readonly sandbox: Sandbox | undefined; readonly containers: readonly Container[] };

const BACKOFF = { baseMs: 500, maxMs: 122_000 };

/** One pod on its node. */
export class PodWorker implements PodPorts {
  readonly #services: PodServices;
  readonly #actor: Actor<typeof machine>;
  readonly #facts: Map<string, ContainerFacts>;
  /** What may still bring a container up, and everything else. */
  readonly #starts: Tasks;
  readonly #tasks: Tasks;
  readonly #mayStart = new AbortController();
  readonly #unwatch = new Map<string, () => void>();
  /** By container, the file for the last words of its newest. */
  readonly #messageFiles = new Map<string, string>();
  readonly #startedAt: number;
  #pod: BoundPod;
  #sandbox: Sandbox | undefined;
  #volumes: VolumePaths = new Map();
  #decision: Decision = { stage: "pulling", actions: [] };
  #status: V1PodStatus;
  #podIps: readonly string[];
  #verdict: Verdict | undefined;
  #final = false;

  constructor(services: PodServices, pod: BoundPod, { sandbox, containers }: Found) {
    const now = services.clock.now();
    const onFailure = (error: unknown): void => services.logger("warn", "task of a pod failed", { pod: objectKey(pod), error });
    this.#services = services;
    this.#starts = new Tasks(onFailure);
    this.#tasks = new Tasks(onFailure);
    this.#pod = pod;
    this.#status = pod.status ?? {};
    this.#sandbox = sandbox;
    this.#podIps = sandbox === undefined ? (this.#status.podIPs ?? []).flatMap(({ ip }) => ip) : [sandbox.ip];
    this.#startedAt = this.#status.startTime === undefined ? now : Date.parse(this.#status.startTime);
    this.#facts = restore(pod, containers, now);
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
    return this.#podIps;
  }

  /** What is known of a container; undefined: nothing. */
  factsOf(container: string): ContainerFacts | undefined {
    return this.#facts.get(container);
  }

  /** Begins; `onRemoved` is called when nothing of the pod is left, `onBroken` when its machine has failed. */
  start(onRemoved: () => void, onBroken: (error: unknown) => void): void {
    this.#actor.subscribe({ complete: onRemoved, error: onBroken });
    this.#actor.start();
    for (const container of containersOf(this.#pod)) this.#probe(container);
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

  /** The instant that was asked for has come. */
  wake(): void {
    this.#actor.send({ type: "due" });
  }

  /** The runtime says that one of the pod's containers has changed. */
  containerChanged(container: Container): void {
    if (container.state === "exited") this.#tasks.run(this.#exited(container));
  }

  /** Stops what runs, says nothing to the API: the kubelet itself goes. */
  async shutDown(graceMs: number, signal: AbortSignal): Promise<void> {
    this.#actor.stop();
    await this.#stopAll(Math.min(graceMs, gracePeriodOf(this.#pod) * 1000), signal);
    await this.#removeSandbox();
  }

  admit(): Verdict | undefined {
    const verdict = this.#services.admit(this.#pod);
    if (verdict !== undefined) this.#services.record(this.#pod, { type: "Warning", ...verdict });
    return verdict;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const failed = (reason: string, what: string) => (error: unknown) => {
      if (signal.aborted) throw error;
      const message = `${what}${error instanceof Error ? error.message : String(error)}`;
      this.#services.record(this.#pod, { type: "Warning", reason, message });
      throw error;
    };
    const { volumes } = this.#services;
    const [paths] = await Promise.all([
      this.#starts.track(volumes.prepare(this.#pod, signal)).catch(failed("FailedMount", "")),
      this.#starts.track(this.#ensureSandbox(signal)).catch(failed("FailedCreatePodSandBox", "Failed to create pod sandbox: ")),
    ]);
    this.#volumes = paths;
  }

  look(): Stage {
    const now = this.#services.clock.now();
    this.#decision = decide({ pod: this.#pod, containers: this.#facts, startedAt: this.#startedAt, now });
    return this.#decision.stage;
  }

  perform(): void {
    for (const action of this.#decision.actions) this.#perform(action);
    this.#services.wakeAt(this.uid, this.#decision.lookAgainAt);
  }

  report(): void {
    const { clock, hostIps, statuses } = this.#services;
    const facts = {
      containers: this.#facts,
      podIps: this.#podIps,
      sandboxReady: this.#sandbox !== undefined,
      startedAt: this.#startedAt,
      final: this.#final,
      verdict: this.#verdict,
    };
    this.#status = podStatus({ pod: this.#pod, facts, hostIps: hostIps(), previous: this.#status, now: clock.now() });
    const starting = this.#status.phase === "Pending" && [...this.#facts.values()].every(({ waiting }) => waiting === undefined);
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
    const { volumes, disk, wakeAt, record, freed } = this.#services;
    if (verdict?.reason === "DeadlineExceeded") record(this.#pod, { type: "Normal", ...verdict });
    wakeAt(this.uid, undefined);
    await this.#stopAll(gracePeriodOf(this.#pod) * 1000, signal);
    if (signal.aborted) return;
    await this.#removeSandbox();
    volumes.release(this.uid);
    await disk.remove(this.uid);
    this.#verdict = verdict;
    this.#final = true;
    freed(this.uid);
  }

  async remove(signal: AbortSignal): Promise<void> {
    await this.#services.statuses.flushed(this.uid, signal);
    await this.#services.deletePod(this.#pod, signal);
  }

  async #ensureSandbox(signal: AbortSignal): Promise<void> {
    const { runtime, sandboxOf } = this.#services;
    this.#sandbox ??= await runtime.runSandbox(await sandboxOf(this.#pod, signal), signal);
    this.#podIps = [this.#sandbox.ip];
  }

  async #removeSandbox(): Promise<void> {
    if (this.#sandbox !== undefined) await this.#services.runtime.removeSandbox(this.#sandbox.id);
    this.#sandbox = undefined;
  }

  #perform(action: Action): void {
    const { container } = action;
    const { name, image = "" } = container.spec;
    if (action.do === "start") {
      const attempt = nextAttempt(this.#factsOf(name));
      this.#set(name, { fact: "starting", image, at: this.#services.clock.now() });
      this.#starts.run(this.#startContainer(container, attempt));
    } else if (action.do === "backOff") {
      const { waiting, event } = backingOff(this.#pod, container, this.#factsOf(name));
      this.#services.record(this.#pod, event);
      this.#set(name, { fact: "backingOff", waiting });
    } else {
      const graceMs = graceOfStop(this.#pod, action);
      const message = stopMessage(this.#pod, action);
      this.#tasks.run(stopContainer(this.#stopping(graceMs), container, message, this.#mayStart.signal));
    }
  }

  #startContainer(container: PodContainer, attempt: number): Promise<void> {
    const { name } = container.spec;
    const start = {
      pod: this.#pod,
      container,
      attempt,
      sandboxId: this.#sandbox?.id ?? "",
      podIps: this.#podIps,
      volumes: this.#volumes,
      services: this.#services,
      messageFile: async () => {
        const path = await this.#services.disk.messageFile(this.uid, name, attempt);
        this.#messageFiles.set(name, path);
        return path;
      },
      learn: (fact: Fact) => {
        if (fact.fact === "created") this.#forgetOld(name, attempt);
        this.#learn(name, fact);
        if (fact.fact === "started") this.#probe(container);
      },
    };
    return startContainer(start, this.#mayStart.signal);
  }

  /** Only the newest container and the log of the one before it are kept. */
  #forgetOld(name: string, attempt: number): void {
    const { runtime, logs, logsDir } = this.#services;
    const { id } = this.#factsOf(name);
    if (id !== undefined) this.#tasks.run(runtime.remove(id));
    if (attempt > 1) this.#tasks.run(logs.remove(logPathOf(logsDir, this.#pod, name, attempt - 2)));
  }

  async #exited(container: Container): Promise<void> {
    const own = containersOf(this.#pod).find(({ spec }) => spec.name === container.name);
    if (own === undefined || this.#factsOf(container.name).id !== container.id) return;
    this.#unprobe(container.name);
    const message = await terminationMessage(this.#services, this.#messageFiles.get(container.name), own, container).catch(
      () => container.message,
    );
    this.#learn(container.name, { fact: "exited", exit: exitOfContainer(container, message, this.#services.clock.now()) });
  }

  #probe(container: PodContainer): void {
    const { name } = container.spec;
    const { id, state, startedAt } = this.#factsOf(name);
    if (state !== "running" || id === undefined || startedAt === undefined || this.#unwatch.has(name)) return;
    const target = { pod: this.#pod, container, ip: this.#podIps[0] ?? "", startedAt };
    const unwatch = this.#services.probes.watch(target, (probe, passes) => this.#learn(name, { fact: "probed", probe, id, passes }));
    this.#unwatch.set(name, unwatch);
  }

  #unprobe(name: string): void {
    this.#unwatch.get(name)?.();
    this.#unwatch.delete(name);
  }

  async #stopAll(graceMs: number, signal: AbortSignal): Promise<void> {
    this.#mayStart.abort(new Error("the pod is ending"));
    for (const name of this.#unwatch.keys()) this.#unprobe(name);
    await this.#starts.settled();
    await stopContainers(this.#stopping(graceMs), signal);
    await this.#tasks.settled();
    for (const [name, { id, state, startedAt }] of this.#facts) {
      if (state === "running") this.#learn(name, { fact: "exited", exit: lost(id, startedAt, this.#services.clock.now()) });
    }
  }

  #stopping(graceMs: number): Stopping {
    return {
      pod: this.#pod,
      podIps: this.#podIps,
      services: this.#services,
      graceMs,
      facts: (name) => this.#factsOf(name),
      learn: (name, fact) => this.#learn(name, fact),
    };
  }

  #factsOf(name: string): ContainerFacts {
    return this.#facts.get(name) ?? UNKNOWN;
  }

  #set(name: string, fact: Fact): void {
    this.#facts.set(name, learn(this.#factsOf(name), fact));
  }

  #learn(name: string, fact: Fact): void {
    this.#set(name, fact);
    this.#actor.send({ type: "changed" });
  }
}
