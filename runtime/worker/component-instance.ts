// One instance of a component on its thread: its memories, its handles and its one stack. Whoever serves many calls at a time
// has many instances, each with turns of its own, on one account: the component model lets nobody into an instance that is
// being called.
import { METER } from "#runtime/wasi/binary/meter-names.ts";
import type { ComponentFunction } from "#runtime/wasi/component/functions.ts";
import { link, type HostInterface, type Linked } from "#runtime/wasi/component/linker.ts";
import type { Instance } from "#runtime/wasi/component/space.ts";
import { handlesOf } from "#runtime/wasi/preview2/wit-handles.ts";
import { lifeGate, type LifeGate } from "#runtime/wasi/life-gate.ts";
import { InstanceState, type Snapshot } from "./instance-state.ts";
import type { ReadyComponent } from "./unpack.ts";
import type { Fuel, Turns } from "./turns.ts";

// The memory limit was shared out among the memories that a component has when each module is instantiated once.
const TWICE = "a core module with a memory of its own is instantiated twice, which this node does not limit";

/** What an instance is made with. */
export type InstanceOptions = {
  /** What the instance spends; they have begun. */
  readonly turns: Turns;
  /** The interfaces of the host by their names without version. `gate` ends the guest. */
  readonly interfaces: (gate: LifeGate) => Readonly<Record<string, HostInterface>>;
  /** Called before code of the component runs that could wait for ever. */
  readonly starts?: (() => void) | undefined;
};

// One answers for all of WASI 0.2: its versions only add.
const withoutVersion = (name: string): string => name.replace(/@0\.2\.\d+$/, "");

/** An instance of a component. */
export class ComponentInstance {
  readonly #memories = new Set<WebAssembly.Memory>();
  readonly #refused: WebAssembly.Global[] = [];
  readonly #instantiated = new Set<number>();
  readonly #options: InstanceOptions;
  readonly #gate: LifeGate;
  readonly #state = new InstanceState();
  #linked: Linked | undefined;

  private constructor(options: InstanceOptions) {
    this.#options = options;
    this.#gate = lifeGate(options.turns);
  }

  /** Instantiates the component. Rejects: ComponentTrap, WebAssembly errors. */
  static async open(program: ReadyComponent, options: InstanceOptions): Promise<ComponentInstance> {
    const instance = new ComponentInstance(options);
    await instance.#link(program);
    return instance;
  }

  /** What its memories have now. */
  get memoryBytes(): number {
    let bytes = 0;
    for (const { buffer } of this.#memories) bytes += buffer.byteLength;
    return bytes;
  }

  /** Whether it was refused memory at some time. */
  get wasRefusedMemory(): boolean {
    return this.#refused.some(({ value }) => value !== 0);
  }

  /** The function that an exported interface, named without version, has by this name. */
  find(interfaceName: string, name: string): ComponentFunction | undefined {
    const all = this.#linked?.exports.instances ?? new Map<string, Instance>();
    const found = [...all].find(([exported]) => withoutVersion(exported) === interfaceName);
    return found?.[1].functions.get(name);
  }

  /** What it keeps, if that can be put back: all of it, and nothing of the host's. */
  snapshot(program: ReadyComponent): Snapshot | undefined {
    return program.canBeRestored && this.#linked?.isEmpty() === true ? this.#state.take() : undefined;
  }

  /** Puts back what it kept, and lets go of what it holds of the host's. False: it must not be called any more. */
  restore(snapshot: Snapshot): boolean {
    this.#linked?.dispose();
    return this.#state.restore(snapshot);
  }

  /** Lets go of what it holds of the host's. It must not be called afterwards. */
  close(): void {
    this.#linked?.dispose();
  }

  async #link(program: ReadyComponent): Promise<void> {
    const { turns } = this.#options;
    const interfaces = this.#options.interfaces(this.#gate);
    this.#linked = await link(program.component, {
      interface: (name) => interfaces[withoutVersion(name)],
      handles: (name, of) => handlesOf(withoutVersion(name), of),
      aside: (call) => turns.aside(call),
      instantiate: (module, imports) => this.#instantiate(program, module, imports),
    });
  }

  async #instantiate(program: ReadyComponent, number: number, imports: WebAssembly.Imports): Promise<WebAssembly.Exports> {
    const module = program.modules[number];
    if (module === undefined) throw new Error(`unknown core module ${number}`);
    if (program.withMemory.includes(number) && this.#instantiated.has(number)) throw new Error(TWICE);
    this.#instantiated.add(number);
    const { [METER.start]: start, ...exports } = new WebAssembly.Instance(module, imports).exports;
    const own = this.#attach(exports, program.takesTurns);
    if (start !== undefined) {
      this.#options.starts?.();
      await WebAssembly.promising(start)();
    }
    return own;
  }

  // What metering added is not the component's to see: a module that refuels another would never end its turn.
  #attach(exports: WebAssembly.Exports, takesTurns: boolean): WebAssembly.Exports {
    const { [METER.fuel]: fuel, [METER.refused]: refused, [METER.turn]: turn } = exports;
    for (const each of Object.values(exports)) if (each instanceof WebAssembly.Memory) this.#memories.add(each);
    if (refused instanceof WebAssembly.Global) this.#refused.push(refused);
    if (turn instanceof WebAssembly.Table) turn.set(0, this.#gate.turn);
    if (takesTurns) this.#options.turns.spend(fuel as Fuel);
    return this.#state.attach(exports);
  }
}
