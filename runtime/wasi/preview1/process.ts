// Arguments, environment, clocks, randomness: what a guest knows of itself and its time.
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { Life } from "#runtime/wasi/life.ts";
import type { GuestMemory } from "./memory.ts";

const NANOS_PER_MS = 1e6;

/** The clocks of preview1. */
export const CLOCK = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const;

/** Nanoseconds on a clock of preview1. Throws: FileError EINVAL for a clock there is not. */
export const nanosOn = (clock: number, life: Life): bigint => {
  if (clock === CLOCK.monotonic) return BigInt(Math.round(performance.now() * NANOS_PER_MS));
  if (clock === CLOCK.realtime) return BigInt(Date.now()) * BigInt(NANOS_PER_MS);
  if (clock === CLOCK.processCpu || clock === CLOCK.threadCpu) return life.cpuNanos();
  throw new FileError("EINVAL");
};

// A list of strings as C has it: pointers, and bytes with a zero after each.
const stringList = (strings: readonly string[], memory: GuestMemory) => {
  const encoded = strings.map((text) => new TextEncoder().encode(`${text}\0`));
  const size = encoded.reduce((sum, { length }) => sum + length, 0);
  return {
    sizes: (countPointer: number, sizePointer: number): void => {
      memory.setU32(countPointer, encoded.length);
      memory.setU32(sizePointer, size);
    },
    write: (pointers: number, buffer: number): void => {
      let at = buffer;
      for (const [index, bytes] of encoded.entries()) {
        memory.setU32(pointers + 4 * index, at);
        memory.bytes(at, bytes.length).set(bytes);
        at += bytes.length;
      }
    },
  };
};

// Filling more would hold the thread.
const MOST_RANDOM_BYTES = 1 << 24;

const randomBytes = (into: Uint8Array): void => {
  const most = 65_536;
  for (let from = 0; from < into.length; from += most) crypto.getRandomValues(into.subarray(from, from + most) as Uint8Array<ArrayBuffer>);
};

/** The functions args_*, environ_*, clock_* and random_get. `env` has `NAME=value`. */
export const processFunctions = (
  { args, env }: { readonly args: readonly string[]; readonly env: readonly string[] },
  memory: GuestMemory,
  life: Life,
) => {
  const argList = stringList(args, memory);
  const envList = stringList(env, memory);
  return {
    args_sizes_get: argList.sizes,
    args_get: argList.write,
    environ_sizes_get: envList.sizes,
    environ_get: envList.write,
    clock_res_get: (clock: number, pointer: number): void => {
      nanosOn(clock, life);
      memory.setU64(pointer, clock === CLOCK.realtime ? BigInt(NANOS_PER_MS) : 1000n);
    },
    clock_time_get: (clock: number, _precision: bigint, pointer: number): void => memory.setU64(pointer, nanosOn(clock, life)),
    random_get: (pointer: number, length: number): void => {
      if (length >>> 0 > MOST_RANDOM_BYTES) throw new FileError("EINVAL");
      life.charge(length);
      randomBytes(memory.bytes(pointer, length));
    },
  };
};
