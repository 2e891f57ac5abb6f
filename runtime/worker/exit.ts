// How a guest ended, as its container's status has it. Pure.
import type { Exit } from "#runtime/engine.ts";

/** What was seen of the end. */
export type End = {
  /** The guest's own exit code, when it gave one. */
  readonly code: number | undefined;
  /** What the guest threw or trapped with. */
  readonly trap: Error | undefined;
  readonly asked: "nothing" | "to stop" | "to die";
  /** The guest was refused memory at some time. */
  readonly wasRefusedMemory: boolean;
};

const SIGNAL = { abort: 134, kill: 137, terminate: 143 } as const;

const error = (code: number, message?: string): Exit => ({ code, reason: "Error", ...(message === undefined ? {} : { message }) });

/** A guest that failed after it was refused memory is taken to have died for want of it. */
export const exitOf = ({ code, trap, asked, wasRefusedMemory }: End): Exit => {
  if (code === 0) return { code, reason: "Completed" };
  if (wasRefusedMemory && (code !== undefined || asked === "nothing")) return { code: SIGNAL.kill, reason: "OOMKilled" };
  if (code !== undefined) return error(code & 0xff);
  if (asked === "to stop") return error(SIGNAL.terminate);
  if (asked === "to die") return error(SIGNAL.kill);
  return error(SIGNAL.abort, trap?.message);
};

/** A container whose thread is gone. */
export const killed = (message?: string): Exit => error(SIGNAL.kill, message);

const MOST_FRAMES = 10;

/** What a guest trapped with and where in its code, for its standard error. */
export const trapText = ({ message, stack = "" }: Error): string => {
  const frames = stack.split("\n").filter((line) => line.includes("wasm://"));
  return `${[`trap: ${message}`, ...frames.slice(0, MOST_FRAMES)].join("\n")}\n`;
};
