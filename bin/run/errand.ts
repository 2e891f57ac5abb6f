// Processes that do one thing and end. What needs a lot of code once is done by them, so the supervisor stays small.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/** An errand that is being run. */
export type Errand = {
  /** Resolves when it says the word over IPC, or is done. Throws: as `done` does. */
  readonly said: (word: string) => Promise<void>;
  /** Resolves when it has ended well. Throws: with what it wrote to standard error. */
  readonly done: Promise<void>;
};

/** A command line and what to add to the environment. */
export type Command = { readonly command: string; readonly args: readonly string[]; readonly env: { readonly [name: string]: string } };

const ending = async (child: ChildProcess): Promise<void> => {
  const [[code], complaint] = await Promise.all([once(child, "close"), child.stderr === null ? "" : text(child.stderr)]);
  if (code !== 0) throw new Error(complaint.trim() || "the errand was broken off");
};

/** Starts an errand; it is ended when `signal` is aborted. */
export const startErrand = ({ command, args, env }: Command, signal: AbortSignal): Errand => {
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, ...env },
    detached: true,
  });
  signal.addEventListener("abort", () => child.kill(), { once: true });
  const done = ending(child);
  const said = (word: string): Promise<void> => {
    const heard = Promise.withResolvers<void>();
    child.on("message", (message) => message === word && heard.resolve());
    return Promise.race([heard.promise, done]);
  };
  return { said, done };
};
