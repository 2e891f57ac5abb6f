// The machine under a simulated node: what runs on it outlives a crash of its kubelet, but not a loss of its power.
import { Violation } from "./world.ts";

/** One start of a container, told before it runs. */
export type Start = { readonly uid: string; readonly container: string };

export class NodeMachine {
  readonly name: string;
  readonly #running = new Map<string, Set<string>>();
  readonly #listeners: ((start: Start) => void)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** The UIDs of the pods that have a running container. */
  pods(): readonly string[] {
    return [...this.#running.keys()];
  }

  runs(uid: string): boolean {
    return this.#running.has(uid);
  }

  onStart(listener: (start: Start) => void): void {
    this.#listeners.push(listener);
  }

  started(start: Start): void {
    for (const listener of this.#listeners) listener(start);
    const containers = this.#running.get(start.uid) ?? new Set<string>();
    if (containers.has(start.container)) throw new Violation("N1", `${start.container} of ${start.uid} runs twice on ${this.name}`);
    containers.add(start.container);
    this.#running.set(start.uid, containers);
  }

  ended({ uid, container }: Start): void {
    const containers = this.#running.get(uid);
    containers?.delete(container);
    if (containers?.size === 0) this.#running.delete(uid);
  }

  /** Everything stops at once. */
  losePower(): void {
    this.#running.clear();
  }
}
