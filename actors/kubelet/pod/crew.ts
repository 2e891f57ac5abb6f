// HOW the containers of one pod are kept: holds the facts about them, starts, probes and stops them.
//
// W1 every task of the pod is tracked, and its end waits for all of them: nothing starts behind its back. W2 facts change
// only through `learn`. W3 what the runtime says of a container is taken in the order in which it comes.
import { objectKey } from "#api/meta/object.ts";
import type { Container } from "#runtime/port.ts";
import { logPathOf } from "../logs/paths.ts";
import { containersOf, type BoundPod, type PodContainer } from "./containers.ts";
import type { Action } from "./decide.ts";
import { learn, nextAttempt, UNKNOWN, type ContainerFacts, type Fact } from "./facts.ts";
import type { PodPlace } from "./place.ts";
import { exitOfContainer, lost, restore } from "./restore.ts";
import type { PodServices } from "./services.ts";
import { startContainer } from "./start.ts";
import { stopContainer, stopContainers, type Stopping } from "./stop.ts";
import { Tasks } from "./tasks.ts";
import { terminationMessage } from "./termination-message.ts";
import { backingOff, graceOfStop, stopMessage } from "./words.ts";

/** What a crew is told of its pod. */
export type CrewPorts = {
  readonly services: PodServices;
  readonly place: PodPlace;
  /** The pod as it is now. */
  readonly pod: () => BoundPod;
  /** Something about a container is known that was not before. */
  readonly changed: () => void;
};

/** The containers of one pod. */
export class Crew {
  readonly #ports: CrewPorts;
  readonly #facts: Map<string, ContainerFacts>;
  /** What may still bring a container up, and everything else. */
  readonly #starts: Tasks;
  readonly #tasks: Tasks;
  readonly #mayStart = new AbortController();
  readonly #unwatch = new Map<string, () => void>();
  /** By container, the file for the last words of its newest. */
  readonly #messageFiles = new Map<string, string>();

  /** @param found what the runtime has already */
  constructor(ports: CrewPorts, found: readonly Container[]) {
    const { services } = ports;
    const pod = ports.pod();
    const onFailure = (error: unknown): void => services.logger("warn", "task of a pod failed", { pod: objectKey(pod), error });
    this.#ports = ports;
    this.#starts = new Tasks(onFailure);
    this.#tasks = new Tasks(onFailure);
    this.#facts = restore(pod, found, services.clock.now());
  }

  get facts(): ReadonlyMap<string, ContainerFacts> {
    return this.#facts;
  }

  /** Keeps a task that must be over before containers are stopped. */
  readonly track = <T>(task: Promise<T>): Promise<T> => this.#starts.track(task);

  /** Probes what runs already. */
  probeAll(): void {
    for (const container of containersOf(this.#ports.pod())) this.#probe(container);
  }

  perform(action: Action): void {
    const { services, pod } = this.#ports;
    const { container } = action;
    const { name, image = "", resources } = container.spec;
    if (action.do === "start") {
      const attempt = nextAttempt(this.#factsOf(name));
      this.#set(name, { fact: "starting", image, limits: resources?.limits, at: services.clock.now() });
      this.#starts.run(this.#start(container, attempt));
    } else if (action.do === "backOff") {
      const { waiting, event } = backingOff(pod(), container, this.#factsOf(name));
      services.record(pod(), event);
      this.#set(name, { fact: "backingOff", waiting });
    } else {
      const graceMs = graceOfStop(pod(), action);
      const message = stopMessage(pod(), action);
      this.#tasks.run(stopContainer(this.#stopping(graceMs), container, message, this.#mayStart.signal));
    }
  }

  /** The runtime says that one of the containers has changed. */
  seen(container: Container): void {
    if (container.state === "exited") this.#tasks.run(this.#exited(container));
  }

  /** Stops what runs and lets nothing start any more; resolves when nothing runs and nothing is under way. */
  async stopAll(graceMs: number, signal: AbortSignal): Promise<void> {
    this.#mayStart.abort(new Error("the pod is ending"));
    for (const name of this.#unwatch.keys()) this.#unprobe(name);
    await this.#starts.settled();
    await stopContainers(this.#stopping(graceMs), signal);
    await this.#tasks.settled();
    for (const [name, { id, state, startedAt }] of this.#facts) {
      if (state === "running") this.#learn(name, { fact: "exited", exit: lost(id, startedAt, this.#ports.services.clock.now()) });
    }
  }

  #start(container: PodContainer, attempt: number): Promise<void> {
    const { services, place, pod } = this.#ports;
    const { name } = container.spec;
    const start = {
      pod: pod(),
      container,
      attempt,
      sandboxId: place.sandboxId ?? "",
      podIps: place.podIps,
      volumes: place.volumes,
      services,
      messageFile: async () => {
        const path = await services.disk.messageFile(pod().metadata.uid, name, attempt);
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
    const { services, pod } = this.#ports;
    const { id } = this.#factsOf(name);
    if (id !== undefined) this.#tasks.run(services.runtime.remove(id));
    if (attempt > 1) this.#tasks.run(services.logs.remove(logPathOf(services.logsDir, pod(), name, attempt - 2)));
  }

  async #exited(container: Container): Promise<void> {
    const { services, pod } = this.#ports;
    const own = containersOf(pod()).find(({ spec }) => spec.name === container.name);
    if (own === undefined || this.#factsOf(container.name).id !== container.id) return;
    this.#unprobe(container.name);
    const message = await terminationMessage(services, this.#messageFiles.get(container.name), own, container).catch(
      () => container.message,
    );
    this.#learn(container.name, { fact: "exited", exit: exitOfContainer(container, message, services.clock.now()) });
  }

  #probe(container: PodContainer): void {
    const { services, place, pod } = this.#ports;
    const { name } = container.spec;
    const { id, state, startedAt } = this.#factsOf(name);
    if (state !== "running" || id === undefined || startedAt === undefined || this.#unwatch.has(name)) return;
    const target = { pod: pod(), container, ip: place.podIps[0] ?? "", startedAt };
    const unwatch = services.probes.watch(target, (probe, passes) => this.#learn(name, { fact: "probed", probe, id, passes }));
    this.#unwatch.set(name, unwatch);
  }

  #unprobe(name: string): void {
    this.#unwatch.get(name)?.();
    this.#unwatch.delete(name);
  }

  #stopping(graceMs: number): Stopping {
    const { services, place, pod } = this.#ports;
    return {
      pod: pod(),
      podIps: place.podIps,
      services,
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
    this.#ports.changed();
  }
}
