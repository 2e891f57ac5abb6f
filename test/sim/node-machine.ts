// The machine under a simulated node: a runtime and a disk. They outlive a crash of the kubelet; a loss of power ends all
// that runs and leaves the disk. It also keeps its own books of what runs, for those who watch N1, N2 and N3.
import type { Clock } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { createFakeRuntime } from "#runtime/fake/fake-runtime.ts";
import type { PodAddresses } from "#runtime/node-ports.ts";
import type { Container, Runtime } from "#runtime/port.ts";
import { FakeLogs, FakeVolumes } from "#test/actors/kubelet/fake-disk.ts";
import { between } from "./draw.ts";
import type { NodeNetwork } from "./node-network.ts";

/** A container that began to run. */
export type Start = { readonly uid: string; readonly container: string };

/** A container that ended by itself or was ended. */
export type End = Start & { readonly exitCode: number };

export type Books = {
  readonly started: (start: Start) => void;
  readonly ended: (end: End) => void;
  /** Of what has ended, the machine knows no more. */
  readonly lostPower: () => void;
};

export class NodeMachine {
  readonly name: string;
  readonly disk = new FakeVolumes();
  readonly logs = new FakeLogs();
  runtime: Runtime;
  /** What its kubelet's process listens on. */
  network: NodeNetwork | undefined;
  readonly #place: number;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #books: Books[] = [];
  /** The containers that run, by id. */
  readonly #running = new Map<string, Start>();

  constructor(name: string, place: number, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.name = name;
    this.#place = place;
    this.#clock = clock;
    this.#random = random;
    this.runtime = this.#boot();
  }

  /** True while a container of the pod runs. */
  runs(uid: string): boolean {
    return [...this.#running.values()].some((start) => start.uid === uid);
  }

  /** How many containers of that name in the pod run. */
  count({ uid, container }: Start): number {
    return [...this.#running.values()].filter((start) => start.uid === uid && start.container === container).length;
  }

  keepBooks(books: Books): void {
    this.#books.push(books);
  }

  /** Everything that runs is gone, and nobody is told. */
  losePower(): void {
    this.#running.clear();
    this.runtime = this.#boot();
    for (const { lostPower } of this.#books) lostPower();
  }

  #boot(): Runtime {
    const runtime = createFakeRuntime({
      clock: this.#clock,
      random: this.#random,
      network: addresses(this.#place),
      startDelayMs: () => between(this.#random, 0, 2_000),
    });
    const pods = new Map<string, string>();
    const runSandbox = runtime.runSandbox.bind(runtime);
    runtime.runSandbox = async (config, signal) => {
      const sandbox = await runSandbox(config, signal);
      pods.set(sandbox.id, config.uid);
      return sandbox;
    };
    runtime.subscribe((container) => {
      if (this.runtime === runtime) this.#note(container, pods.get(container.sandboxId) ?? "");
    });
    return runtime;
  }

  #note({ id, name, state, exitCode = 0 }: Container, uid: string): void {
    const start = { uid, container: name };
    if (state === "running") {
      this.#running.set(id, start);
      for (const { started } of this.#books) started(start);
    }
    if (state === "exited" && this.#running.delete(id)) for (const { ended } of this.#books) ended({ ...start, exitCode });
  }
}

/** More addresses than a simulation uses, and of each machine its own. */
const addresses = (place: number): PodAddresses => {
  const given = new Map<string, string>();
  let next = 1;
  return {
    allocate: (uid) => {
      const ip = given.get(uid) ?? `10.${64 + place}.${Math.floor(next / 250)}.${next++ % 250}`;
      given.set(uid, ip);
      return ip;
    },
    release: (uid) => void given.delete(uid),
  };
};
