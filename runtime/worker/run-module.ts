// Runs one preview1 command: instantiates it over its host, calls `_start`, and says how it ended.
import { METER } from "#runtime/wasi/binary/meter-names.ts";
import { preview1, type Preview1Host } from "#runtime/wasi/preview1/host.ts";
import type { Listener } from "#runtime/wasi/preview1/connections.ts";
import { realPort } from "#lib/cluster-network.ts";
import type { Exit } from "#runtime/engine.ts";
import { Account } from "./account.ts";
import { exitOf, trapText } from "./exit.ts";
import { guestRoot } from "./guest-root.ts";
import type { LogFile } from "./log-file.ts";
import type { GuestSpec, PreparedModule } from "./protocol.ts";
import { Turns, type Fuel } from "./turns.ts";

/** What a run needs beside its guest. `started` is called when the guest is about to run. */
export type Run = { readonly log: LogFile; readonly started: (account: Account) => void };

const importsSockets = (module: WebAssembly.Module): boolean =>
  WebAssembly.Module.imports(module).some(({ name }) => name.startsWith("sock_"));

const listen = async ({ network, ports }: GuestSpec): Promise<readonly Listener[]> => {
  const { listenOn } = await import("./listen.ts");
  return Promise.all(ports.map((port) => listenOn(network.address, realPort(port, network.mayBindLow))));
};

// Loaded by the threads that need it only.
const overWasmer = async (own: Preview1Host, module: WebAssembly.Module, spec: GuestSpec): Promise<Preview1Host> => {
  const { wasmer } = await import("#runtime/wasi/wasmer/host.ts");
  return wasmer(own, module, spec);
};

const functionOf = (exports: WebAssembly.Exports, name: string): WebAssembly.ExportedFunction | undefined => {
  const found = exports[name];
  return typeof found === "function" ? found : undefined;
};

// What the module asks for and its host has not: V8 says only at which place the first of them is.
const refuseMissing = (module: WebAssembly.Module, imports: WebAssembly.Imports): void => {
  const missing = WebAssembly.Module.imports(module).filter((each) => imports[each.module]?.[each.name] === undefined);
  const names = missing.map((each) => `${each.module}.${each.name}`);
  if (names.length > 0) throw new Error(`the module imports what modules are not given: ${names.join(", ")}`);
};

const instantiate = (program: PreparedModule, host: Preview1Host): WebAssembly.Exports => {
  refuseMissing(program.module, host.imports);
  const instance = new WebAssembly.Instance(program.module, host.imports);
  host.attach(instance);
  const { exports } = instance;
  if (functionOf(exports, "_start") === undefined) throw new Error("the module exports no function _start: it is not a command");
  const turn = exports[METER.turn];
  if (turn instanceof WebAssembly.Table) turn.set(0, host.turn);
  return exports;
};

const call = async (exports: WebAssembly.Exports): Promise<unknown> => {
  try {
    for (const name of [METER.start, "_start"]) {
      const fn = functionOf(exports, name);
      // one after the other: what a module starts with, then its program
      if (fn !== undefined) await WebAssembly.promising(fn)();
    }
    return undefined;
  } catch (error) {
    return error;
  }
};

const runOn = async (exports: WebAssembly.Exports, account: Account, log: LogFile): Promise<Exit> => {
  const error = await call(exports);
  const code = account.code ?? (error === undefined ? 0 : undefined);
  const trap = code === undefined && account.asked === "nothing" ? (error as Error) : undefined;
  if (trap !== undefined) log.write("stderr", new TextEncoder().encode(trapText(trap)));
  const refused = exports[METER.refused];
  const wasRefusedMemory = refused instanceof WebAssembly.Global && refused.value !== 0;
  return exitOf({ code, trap, asked: account.asked, wasRefusedMemory });
};

/** Runs the guest to its end. Throws: when it cannot be started. */
export const runModule = async (program: PreparedModule, spec: GuestSpec, { log, started }: Run): Promise<Exit> => {
  const usesSockets = importsSockets(program.module);
  const { root, close } = guestRoot(spec);
  let host: Preview1Host | undefined;
  try {
    const account = new Account({ ...spec, memoryBytes: () => host?.memory.byteLength ?? 0 });
    const turns = new Turns(account);
    const output =
      (stream: "stdout" | "stderr") =>
      (bytes: Uint8Array): void => {
        log.write(stream, bytes);
        turns.logged(bytes.length);
      };
    const listeners = usesSockets ? await listen(spec) : [];
    host = preview1({ ...spec, root, stdout: output("stdout"), stderr: output("stderr"), listeners, usesSockets, life: turns });
    if (spec.wasmer) host = await overWasmer(host, program.module, spec);
    const exports = instantiate(program, host);
    started(account);
    turns.begin();
    if (program.takesTurns) turns.spend(exports[METER.fuel] as Fuel);
    const exit = await runOn(exports, account, log);
    turns.end();
    return exit;
  } finally {
    host?.close();
    close();
  }
};
