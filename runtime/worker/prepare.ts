// From a program's bytes to what threads can run: its core modules checked, metered, limited and compiled.
//
// What cannot be metered runs as it is, on a thread of its own; one such module of a component is enough for that.
import { createHash } from "node:crypto";
import { kindOfWasm } from "#runtime/images/manifest.ts";
import { BinaryError } from "#runtime/wasi/binary/reader.ts";
import type { Metering } from "#runtime/wasi/binary/meter-code.ts";
import { exposeState } from "#runtime/wasi/binary/expose.ts";
import { meter } from "#runtime/wasi/binary/meter.ts";
import { SECTION, splitModule, vector } from "#runtime/wasi/binary/sections.ts";
import { decodeComponent } from "#runtime/wasi/component/decode.ts";
import { splitComponent } from "#runtime/wasi/component/split.ts";

import { limitMemories } from "#runtime/wasi/limit-memory.ts";
import { isServer } from "./component-kind.ts";
import type { Prepared, PreparedComponent } from "./protocol.ts";

export type PrepareOptions = { readonly takesTurns: boolean; readonly memoryLimitBytes: number };

const meterAs = (bytes: Uint8Array, metering: Metering): Uint8Array | undefined => {
  try {
    const metered = meter(bytes, metering);
    return WebAssembly.validate(metered) ? metered : undefined;
  } catch (error) {
    if (error instanceof BinaryError) return undefined;
    throw error;
  }
};

const meterAll = (modules: readonly Uint8Array[]): readonly Uint8Array[] | undefined => {
  const metered = modules.map((bytes) => meterAs(bytes, "turns"));
  return metered.every((bytes) => bytes !== undefined) ? metered : undefined;
};

type Compiled = Pick<PreparedComponent, "modules" | "withMemory" | "takesTurns" | "canBeRestored">;

const hasMemory = (bytes: Uint8Array): boolean => vector(splitModule(bytes), SECTION.memory).count > 0;

const exposeAll = (modules: readonly Uint8Array[]): readonly Uint8Array[] | undefined => {
  try {
    return modules.map((bytes) => exposeState(bytes));
  } catch (error) {
    if (error instanceof BinaryError) return undefined;
    throw error;
  }
};

type CompileOptions = PrepareOptions & { readonly restores: boolean };

const compile = async (modules: readonly Uint8Array[], options: CompileOptions): Promise<Compiled> => {
  const { takesTurns, memoryLimitBytes, restores } = options;
  const invalid = modules.find((bytes) => !WebAssembly.validate(bytes));
  if (invalid !== undefined) await WebAssembly.compile(invalid); // throws, and says why
  const metered = takesTurns ? meterAll(modules) : undefined;
  const watched = metered ?? modules.map((bytes) => meterAs(bytes, "memory") ?? bytes);
  const limited = limitMemories(watched, memoryLimitBytes);
  const exposed = restores ? exposeAll(limited) : undefined;
  return {
    modules: await Promise.all((exposed ?? limited).map((bytes) => WebAssembly.compile(bytes))),
    withMemory: limited.flatMap((bytes, number) => (hasMemory(bytes) ? [number] : [])),
    takesTurns: metered !== undefined,
    canBeRestored: exposed !== undefined,
  };
};

/** Makes a program ready to run. Rejects: BinaryError, WebAssembly.CompileError, MemoryLimitError. */
export const prepareProgram = async (bytes: Uint8Array, options: PrepareOptions): Promise<Prepared> => {
  if (kindOfWasm(bytes) === "component") {
    const { modules, definitions } = splitComponent(bytes);
    const key = createHash("sha256").update(definitions).digest("base64");
    const component = decodeComponent(definitions); // throws here rather than on every thread
    return { kind: "component", definitions, key, ...(await compile(modules, { ...options, restores: isServer(component) })) };
  }
  const { modules, takesTurns } = await compile([bytes], { ...options, restores: false });
  return { kind: "module", module: modules[0] as WebAssembly.Module, takesTurns };
};
