// A guest that is called by hand: its memory, its host's functions, and a life that a test directs.
import { mountTree, type MountSpec } from "#runtime/wasi/filesystem/mount-tree.ts";
import { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";
import { preview1, type Preview1Config, type Preview1Host } from "#runtime/wasi/preview1/host.ts";
import type { Life, Watch } from "#runtime/wasi/life.ts";
import { openSandbox, type Sandbox } from "../filesystem/sandbox.ts";

/** A life without end: waiting is over as soon as something watched is ready or the time is up, which is at once. */
export class TestLife implements Life {
  readonly delays: (number | undefined)[] = [];
  exitCode: number | undefined;
  charged = 0;
  isEnding = false;

  charge(units: number): void {
    this.charged += units;
  }

  logged(bytes: number): void {
    this.charged += bytes;
  }

  aside<Result>(call: () => Result): Result {
    return call();
  }

  async wait(delayMs: number | undefined, watched: readonly Watch[]): Promise<boolean> {
    this.delays.push(delayMs);
    if (this.isEnding) return false;
    if (delayMs === undefined) await new Promise<void>((resolve) => watched.forEach((each) => each.watch(resolve)));
    else await new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(delayMs, 0), 20)));
    return true;
  }

  async yield(): Promise<boolean> {
    return !this.isEnding;
  }

  cpuNanos(): bigint {
    return 42n;
  }

  exit(code: number): void {
    this.exitCode = code;
  }
}

export type TestGuest = Disposable & {
  readonly sandbox: Sandbox;
  readonly life: TestLife;
  readonly view: () => DataView;
  /** Calls a function that answers at once. */
  readonly call: (name: string, ...args: (number | bigint)[]) => number;
  /** Calls a function that may suspend. */
  readonly wait: (name: string, ...args: (number | bigint)[]) => Promise<number>;
  /** Writes text at `at` and answers its length in bytes. */
  readonly put: (at: number, text: string) => number;
  readonly text: (at: number, length: number) => string;
  readonly output: () => string;
};

const encoder = new TextEncoder();

/** Makes the host under test, and the guest's memory of two pages. */
export type MakeHost = (config: Preview1Config) => { readonly host: Preview1Host; readonly memory: WebAssembly.Memory };

const ours: MakeHost = (config) => {
  const host = preview1(config);
  const memory = new WebAssembly.Memory({ initial: 2 });
  host.memory.attach(memory);
  return { host, memory };
};

export const openGuest = (
  config: Partial<Preview1Config> = {},
  mounts: (outside: string) => readonly MountSpec[] = () => [],
  makeHost: MakeHost = ours,
): TestGuest => {
  const sandbox = openSandbox();
  const life = new TestLife();
  let output = "";
  const root = new GuestRoot(mountTree({ hostPath: sandbox.inside, readOnly: false }, mounts(sandbox.outside)), () => undefined);
  const append = (bytes: Uint8Array): void => void (output += new TextDecoder().decode(bytes));
  const base = { args: ["prog", "é"], env: ["A=b"], root, stdout: append, stderr: append, listeners: [], usesSockets: false, life };
  const { host, memory } = makeHost({ ...base, ...config });
  const functionOf = (name: string): WebAssembly.ExportedFunction =>
    host.imports["wasi_snapshot_preview1"]?.[name] as WebAssembly.ExportedFunction;
  return {
    sandbox,
    life,
    view: () => new DataView(memory.buffer),
    call: (name, ...args) => functionOf(name)(...args) as number,
    wait: (name, ...args) => WebAssembly.promising(functionOf(name))(...args) as Promise<number>,
    put: (at, text) => {
      const bytes = encoder.encode(text);
      new Uint8Array(memory.buffer).set(bytes, at);
      return bytes.length;
    },
    text: (at, length) => new TextDecoder().decode(new Uint8Array(memory.buffer, at, length)),
    output: () => output,
    [Symbol.dispose]: () => {
      host.close();
      root.close();
      sandbox[Symbol.dispose]();
    },
  };
};
