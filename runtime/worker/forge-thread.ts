// The thread that makes programs ready: reading, checking, rewriting and compiling takes long enough to be nobody's event
// loop's work.
import { readFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";
import { BinaryError } from "#runtime/wasi/binary/reader.ts";
import type { Metering } from "#runtime/wasi/binary/meter-code.ts";
import { meter } from "#runtime/wasi/binary/meter.ts";
import { limitMemory, MemoryLimitError } from "#runtime/wasi/limit-memory.ts";
import type { FromForge, Prepared, ToForge } from "./protocol.ts";

const meterAs = (bytes: Uint8Array, metering: Metering): Uint8Array | undefined => {
  try {
    const metered = meter(bytes, metering);
    return WebAssembly.validate(metered) ? metered : undefined;
  } catch (error) {
    if (error instanceof BinaryError) return undefined;
    throw error;
  }
};

// What cannot be metered runs as it is, on a thread of its own.
const forge = async ({ path, takesTurns, memoryLimitBytes }: ToForge): Promise<Prepared> => {
  const bytes = await readFile(path);
  if (!WebAssembly.validate(bytes)) await WebAssembly.compile(bytes); // throws, and says why
  const metered = takesTurns ? meterAs(bytes, "turns") : undefined;
  const watched = metered ?? meterAs(bytes, "memory") ?? bytes;
  const module = await WebAssembly.compile(limitMemory(watched, memoryLimitBytes));
  return { kind: "module", module, takesTurns: metered !== undefined };
};

const answer = async (order: ToForge): Promise<FromForge> => {
  try {
    return { id: order.id, program: await forge(order) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id: order.id, message, isMemory: error instanceof MemoryLimitError };
  }
};

parentPort?.on("message", (order: ToForge) => {
  void answer(order).then((made) => parentPort?.postMessage(made));
});
