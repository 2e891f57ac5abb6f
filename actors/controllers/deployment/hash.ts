// The hash in a ReplicaSet's name. Pure. upstream: pkg/controller/controller_utils.go, ComputeHash: FNV-1a, 32 bits. Upstream
// hashes a Go dump of the template; here it is the template's JSON with sorted keys, so names differ from upstream's.
import type { V1PodTemplateSpec } from "#api/generated/types.ts";

const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
};

const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
};

/** Letters of a name, made from the template; another `collisions` makes another name. upstream: rand.SafeEncodeString */
export const templateHash = (template: V1PodTemplateSpec | undefined, collisions: number | undefined): string => {
  const hash = fnv1a(`${JSON.stringify(sorted(template))}${collisions === undefined ? "" : String(collisions)}`);
  return Array.from(String(hash), (digit) => LETTERS[digit.charCodeAt(0) % LETTERS.length]).join("");
};
