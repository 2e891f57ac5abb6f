// Logs: one JSON line a message. A message is a constant; what varies stands in keys, an object always as `namespace/name`.
import type { Clock } from "./clock.ts";

export type Level = "debug" | "info" | "warn" | "error";

/** Writes one line. Keys whose value is an Error are written as its message and, at level error, its stack. */
export type Logger = (level: Level, message: string, keys?: { readonly [key: string]: unknown }) => void;

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

const plain = (value: unknown, level: Level): unknown =>
  value instanceof Error ? (level === "error" ? (value.stack ?? value.message) : value.message) : value;

/** A logger of one component. Lines below `least` are dropped; `write` gets each line with its newline. */
export const createLogger = (
  component: string,
  options: { readonly clock: Clock; readonly least?: Level; readonly write: (line: string) => void },
): Logger => {
  const least = RANK[options.least ?? "info"];
  return (level, message, keys = {}) => {
    if (RANK[level] < least) return;
    const rest = Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, plain(value, level)]));
    options.write(`${JSON.stringify({ ts: new Date(options.clock.now()).toISOString(), level, component, msg: message, ...rest })}\n`);
  };
};

/** Says nothing; for tests. */
export const silent: Logger = () => undefined;
