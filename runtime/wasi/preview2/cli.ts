// wasi:cli, wasi:clocks and wasi:random: what a guest knows of itself and its time.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { ComponentTrap } from "#runtime/wasi/component/handles.ts";
import type { Life } from "#runtime/wasi/life.ts";
import type { LifeGate } from "#runtime/wasi/life-gate.ts";
import { ALWAYS, Pollable, type Waitable } from "./poll.ts";
import { InputStream, OutputStream, type Sink, type Source } from "./streams.ts";

const NANOS_PER_MS = 1e6;

const EMPTY: Source = { ...ALWAYS, read: () => undefined, close: () => undefined };

// What may be written at once; the log takes it all, and makes a flood wait elsewhere.
const LOG_ROOM = 1 << 20;

const logSink = (write: (bytes: Uint8Array) => void): Sink => ({
  ...ALWAYS,
  room: () => LOG_ROOM,
  write,
  flushed: ALWAYS,
  close: () => undefined,
});

export type CliConfig = {
  readonly args: readonly string[];
  /** `NAME=value` each. */
  readonly env: readonly string[];
  readonly workingDir: string | undefined;
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
};

const pairOf = (variable: string): readonly [string, string] => {
  const place = variable.indexOf("=");
  return [variable.slice(0, place), variable.slice(place + 1)];
};

/** The interfaces of wasi:cli, by name. */
export const cliInterfaces = (config: CliConfig, { exit }: Pick<LifeGate, "exit">): Readonly<Record<string, HostInterface>> => {
  const environment = config.env.map(pairOf);
  return {
    "wasi:cli/environment": {
      "get-environment": () => environment,
      "get-arguments": () => config.args,
      "initial-cwd": () => config.workingDir,
    },
    // Both take one number, which is the exit code: a result is 0 for ok and 1 for an error.
    "wasi:cli/exit": { exit: { core: exit }, "exit-with-code": { core: exit } },
    "wasi:cli/stdin": { "get-stdin": () => new InputStream(EMPTY) },
    "wasi:cli/stdout": { "get-stdout": () => new OutputStream(logSink(config.stdout)) },
    "wasi:cli/stderr": { "get-stderr": () => new OutputStream(logSink(config.stderr)) },
    "wasi:cli/terminal-input": {},
    "wasi:cli/terminal-output": {},
    "wasi:cli/terminal-stdin": { "get-terminal-stdin": () => undefined },
    "wasi:cli/terminal-stdout": { "get-terminal-stdout": () => undefined },
    "wasi:cli/terminal-stderr": { "get-terminal-stderr": () => undefined },
  };
};

const clockAt = (dueAt: number): Waitable => ({
  get isReady() {
    return performance.now() >= dueAt;
  },
  dueAt,
  watch: () => () => undefined,
});

const now = (): bigint => BigInt(Math.round(performance.now() * NANOS_PER_MS));

/** The interfaces of wasi:clocks. */
export const clockInterfaces: Readonly<Record<string, HostInterface>> = {
  "wasi:clocks/monotonic-clock": {
    now,
    resolution: () => 1000n,
    "subscribe-instant": (when: bigint) => new Pollable(clockAt(Number(when) / NANOS_PER_MS)),
    "subscribe-duration": (duration: bigint) => new Pollable(clockAt(performance.now() + Number(duration) / NANOS_PER_MS)),
  },
  "wasi:clocks/wall-clock": {
    now: () => {
      const ms = Date.now();
      return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * NANOS_PER_MS };
    },
    resolution: () => ({ seconds: 0n, nanoseconds: NANOS_PER_MS }),
  },
};

// Filling more would hold the thread.
const MOST_RANDOM_BYTES = 1 << 24;
const MOST_AT_ONCE = 65_536;

const randomBytes = (length: bigint): Uint8Array => {
  if (length > BigInt(MOST_RANDOM_BYTES)) throw new ComponentTrap(`asked for ${length} random bytes`);
  const bytes = new Uint8Array(Number(length));
  for (let from = 0; from < bytes.length; from += MOST_AT_ONCE) crypto.getRandomValues(bytes.subarray(from, from + MOST_AT_ONCE));
  return bytes;
};

const randomLong = (): bigint => new DataView(randomBytes(8n).buffer).getBigUint64(0);

/** The interfaces of wasi:random. */
export const randomInterfaces = (life: Life): Readonly<Record<string, HostInterface>> => {
  const fill = (length: bigint): Uint8Array => {
    const bytes = randomBytes(length);
    life.charge(bytes.length);
    return bytes;
  };
  return {
    "wasi:random/random": { "get-random-bytes": fill, "get-random-u64": randomLong },
    "wasi:random/insecure": { "get-insecure-random-bytes": fill, "get-insecure-random-u64": randomLong },
    "wasi:random/insecure-seed": { "insecure-seed": () => [randomLong(), randomLong()] },
  };
};
