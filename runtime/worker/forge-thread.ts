// The thread that makes programs ready: reading, checking, rewriting and compiling takes long enough to be nobody's event
// loop's work.
import { readFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";
import { MemoryLimitError } from "#runtime/wasi/limit-memory.ts";
import { prepareProgram } from "./prepare.ts";
import type { FromForge, ToForge } from "./protocol.ts";

const answer = async (order: ToForge): Promise<FromForge> => {
  try {
    return { id: order.id, program: await prepareProgram(await readFile(order.path), order) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id: order.id, message, isMemory: error instanceof MemoryLimitError };
  }
};

parentPort?.on("message", (order: ToForge) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
  void answer(order).then((made) => parentPort?.postMessage(made));
});
