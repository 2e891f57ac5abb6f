// The port for chance: ids, generated names, jitter. A simulation draws all of it from one seed.
import { randomBytes } from "node:crypto";

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
}

/** So many bytes are asked for at once: asking costs more than the bytes. */
const POOL_BYTES = 4_096;

/** Random bytes in small pieces, each given once. */
const pooled = (): ((count: number) => Uint8Array) => {
  let pool = new Uint8Array(0);
  return (count) => {
    if (count > pool.length) pool = new Uint8Array(randomBytes(Math.max(count, POOL_BYTES)));
    const piece = pool.slice(0, count);
    pool = pool.subarray(count);
    return piece;
  };
};

const systemBytes = pooled();

/** The operating system's randomness. */
export const systemRandom: Random = {
  next: () => new DataView(systemBytes(4).buffer).getUint32(0) / 2 ** 32,
  bytes: systemBytes,
};

/** A reproducible source (mulberry32). Not for secrets. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
};

/** The letters of Kubernetes' generated names: no vowels, nothing that looks like another. upstream: apimachinery/pkg/util/rand */
const SAFE = "bcdfghjklmnpqrstvwxz2456789";

/** `length` letters for a generated name, such as the five after `generateName`. */
export const nameSuffix = (random: Random, length = 5): string =>
  Array.from({ length }, () => SAFE[Math.floor(random.next() * SAFE.length)]).join("");

/** A random (version 4) UUID. */
export const uuid = (random: Random): string => {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toHex();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
