// What an instance of a component keeps between calls, and putting it back: a request then finds what the first one found.
import { METER } from "#runtime/wasi/binary/meter-names.ts";
import { STATE } from "#runtime/wasi/binary/expose.ts";

/** A state: bytes of the memories and values of the globals, in the order in which they came to be. */
export type Snapshot = { readonly memories: readonly Uint8Array[]; readonly globals: readonly number[] };

// A memory never shrinks. One that has grown by more than this is not kept.
const MOST_GROWTH_BYTES = 4 * 1024 * 1024;

const OWN: ReadonlySet<string> = new Set(Object.values(METER));

/** The state of one instance. */
export class InstanceState {
  readonly #memories: WebAssembly.Memory[] = [];
  readonly #globals: WebAssembly.Global[] = [];

  /** Takes what a core module exports of its state, and answers the exports that are its own. */
  attach(exports: WebAssembly.Exports): WebAssembly.Exports {
    const own: Record<string, WebAssembly.ExportValue> = {};
    for (const [name, value] of Object.entries(exports)) {
      if (value instanceof WebAssembly.Memory && name === STATE.memory) this.#memories.push(value);
      else if (value instanceof WebAssembly.Global && name.startsWith(STATE.global)) this.#globals.push(value);
      else if (!OWN.has(name)) own[name] = value;
    }
    return own;
  }

  take(): Snapshot {
    return {
      memories: this.#memories.map(({ buffer }) => new Uint8Array(buffer.slice(0))),
      globals: this.#globals.map(({ value }) => value),
    };
  }

  /** Puts a state back; it may be another instance's of the same component. False: this one has grown too much for that. */
  restore({ memories, globals }: Snapshot): boolean {
    const tooLarge = this.#memories.some(({ buffer }, index) => buffer.byteLength > (memories[index]?.length ?? 0) + MOST_GROWTH_BYTES);
    if (tooLarge) return false;
    for (const [index, { buffer }] of this.#memories.entries()) {
      const bytes = new Uint8Array(buffer);
      const first = memories[index] ?? new Uint8Array();
      bytes.set(first);
      bytes.fill(0, first.length);
    }
    for (const [index, global] of this.#globals.entries()) global.value = globals[index] ?? 0;
    return true;
  }
}
