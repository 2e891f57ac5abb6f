// What a simulated container does, by its arguments: commands joined by `then`, as the toolbox of the examples has them.
//   sleep MS     waits          pause   waits for ever          exit CODE   ends
//   loop         computes for ever, so it does not hear that it should stop
//   trap         fails as a guest does whose program is broken
//   grow         takes memory until it is killed for that
// Any other command is over at once. Without arguments a container pauses. Pure.
import type { Exit } from "#runtime/engine.ts";

/** One step of a script. An endless step is left only by force, or when it hears that it should stop. */
export type Step = { readonly do: "wait"; readonly ms: number; readonly hears: boolean } | { readonly do: "end"; readonly exit: Exit };

const end = (code: number, reason: Exit["reason"], message?: string): Step => ({
  do: "end",
  exit: { code, reason, ...(message === undefined ? {} : { message }) },
});

const exit = (text: string | undefined): Step => {
  const code = Number(text ?? 0) & 0xff;
  return end(code, code === 0 ? "Completed" : "Error");
};

const wait = (ms: number, hears: boolean): Step => ({ do: "wait", ms, hears });

const COMMANDS: Readonly<Record<string, (first: string | undefined) => Step>> = {
  sleep: (ms) => wait(Number(ms), true),
  pause: () => wait(Number.POSITIVE_INFINITY, true),
  loop: () => wait(Number.POSITIVE_INFINITY, false),
  exit,
  trap: () => end(134, "Error", "unreachable"),
  grow: () => end(137, "OOMKilled"),
};

const stepOf = ([name = "", first]: readonly string[]): readonly Step[] => {
  const command = COMMANDS[name];
  return command === undefined ? [] : [command(first)];
};

const commandsOf = (args: readonly string[]): readonly (readonly string[])[] => {
  const place = args.indexOf("then");
  return place === -1 ? [args] : [args.slice(0, place), ...commandsOf(args.slice(place + 1))];
};

/** The steps of a container with these arguments (without the program's name); the last one ends it. */
export const scriptOf = (args: readonly string[]): readonly Step[] => {
  const commands = args.length === 0 ? [["pause"]] : commandsOf(args);
  return [...commands.flatMap(stepOf), end(0, "Completed")];
};
