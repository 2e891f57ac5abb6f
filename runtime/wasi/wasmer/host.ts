// The preview1 host of the package @wasmer/wasi, under `runtimeClassName: wasmer`: Wasmer answers what it answers as preview1
// says, our own host the rest.
//
// W1 output, files, waiting, sockets and the guest's end are ours. Wasmer keeps output until somebody asks for it, its files
//    are a tree in memory, its poll_oneoff traps where it should wait.
// W2 clocks are ours: Wasmer's monotonic and CPU clocks tell the wall clock's time, an unknown clock traps, and whoever waits
//    must measure with the clock that the guest reads.
// W3 what Wasmer allocates for a guest is bounded, since the guest's own memory limit does not count it.
import { readFileSync } from "node:fs";
import { WASI, initSync } from "@wasmer/wasi";
import { limitMemories } from "#runtime/wasi/limit-memory.ts";
import type { Preview1Config, Preview1Host } from "#runtime/wasi/preview1/host.ts";

const PREVIEW1 = "wasi_snapshot_preview1";

// What Wasmer answers.
const ANSWERED = ["args_get", "args_sizes_get", "environ_get", "environ_sizes_get", "random_get"] as const;

const MEMORY_BYTES = 32 * 1024 * 1024;

const PROGRAM = /data:application\/wasm;base64,([A-Za-z0-9+/=]+)/;

// Wasmer is a WebAssembly program too. The package carries it as text and would load it without a bound.
const readProgram = (): Uint8Array => {
  const text = readFileSync(new URL(import.meta.resolve("@wasmer/wasi")), "latin1");
  const encoded = PROGRAM.exec(text)?.[1];
  if (encoded === undefined) throw new Error("the package @wasmer/wasi carries no program");
  return Buffer.from(encoded, "base64");
};

let isLoaded = false;

const load = (): void => {
  if (isLoaded) return;
  const [bounded] = limitMemories([readProgram()], MEMORY_BYTES);
  initSync(new WebAssembly.Module(bounded as Uint8Array));
  isLoaded = true;
};

const entryOf = (variable: string): readonly [name: string, value: string] => {
  const [name = "", ...value] = variable.split("=");
  return [name, value.join("=")];
};

const importsPreview1 = (module: WebAssembly.Module): boolean =>
  WebAssembly.Module.imports(module).some((each) => each.module === PREVIEW1);

/**
 * The host of a guest that runs `module`: our `own`, with Wasmer's answers over it. What Wasmer holds of the guest is let go only
 * when the thread ends. Throws: what Wasmer says.
 */
export const wasmer = (
  own: Preview1Host,
  module: WebAssembly.Module,
  { args, env }: Pick<Preview1Config, "args" | "env">,
): Preview1Host => {
  if (!importsPreview1(module)) return own; // Wasmer refuses it, and there is nothing to answer
  load();
  const wasi = new WASI({ args: [...args], env: Object.fromEntries(env.map(entryOf)), preopens: {} });
  const functions = (wasi.getImports(module) as WebAssembly.Imports)[PREVIEW1];
  const answered = Object.fromEntries(ANSWERED.flatMap((name) => (functions?.[name] === undefined ? [] : [[name, functions[name]]])));
  return {
    ...own,
    imports: { [PREVIEW1]: { ...own.imports[PREVIEW1], ...answered } },
    attach: (instance) => {
      own.attach(instance);
      wasi.instantiate(instance);
    },
  };
};
