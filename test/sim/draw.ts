// Drawing from a seed. Every part of a simulation has a stream of its own, so that one part drawing more often does not
// change what the others get.
import { seededRandom, type Random } from "#lib/random.ts";

/** A stream of chance for the part of a simulation that `name` says. */
export const streamOf = (seed: number, name: string): Random => {
  let hash = (seed ^ 0x9e3779b9) >>> 0;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return seededRandom(hash);
};

export const chance = (random: Random, probability: number): boolean => random.next() < probability;

/** A whole number of [least, most]. */
export const between = (random: Random, least: number, most: number): number => least + Math.floor(random.next() * (most - least + 1));

export const oneOf = <T>(random: Random, choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)] as T;
