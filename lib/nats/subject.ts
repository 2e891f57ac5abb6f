// NATS subjects and JetStream KV keys from any text. A segment is one token: no dots, no wildcards, no spaces, never empty.
//
// I1 decoding gives back exactly what was encoded, for every string. I2 different strings have different segments. I3 a
// segment has only characters that a KV key may have (`-/_=a-zA-Z0-9`), so `nats kv` tooling reads our buckets.
import type { StoreKey } from "#lib/store.ts";

const PLAIN = /^[-/_a-zA-Z0-9]+$/;
const SPECIAL = /[^-/_a-zA-Z0-9]/g;
const ESCAPE = /=(?:u([0-9A-F]{4})|([0-9A-F]{2}))/g;
/** The segment of the empty string: an escape that escapes nothing. */
const EMPTY = "=";

const escapeUnit = (unit: string): string => {
  const code = unit.charCodeAt(0);
  return code < 0x100 ? `=${code.toString(16).toUpperCase().padStart(2, "0")}` : `=u${code.toString(16).toUpperCase().padStart(4, "0")}`;
};

/** Any text as one token of a subject: `system:node:a` is `system=3Anode=3Aa`. */
export const encodeSegment = (text: string): string => {
  if (PLAIN.test(text)) return text;
  return text === "" ? EMPTY : text.replace(SPECIAL, escapeUnit);
};

/** The text that a segment stands for. */
export const decodeSegment = (segment: string): string => {
  if (!segment.includes("=")) return segment;
  if (segment === EMPTY) return "";
  return segment.replace(ESCAPE, (_, wide: string | undefined, narrow: string | undefined) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow ?? "", 16)),
  );
};

/** A segment in which one text, the empty one, has a name of its own; that name itself is then escaped. */
const encodeNamed = (text: string, name: string): string => {
  if (text === "") return name;
  return text === name ? escapeUnit(text) + text.slice(1) : encodeSegment(text);
};
const decodeNamed = (segment: string, name: string): string => (segment === name ? "" : decodeSegment(segment));

/** A key as the bucket holds it: `<group or core>.<resource>.<namespace or _>.<name>`. */
export const encodeKey = ({ group, resource, namespace, name }: StoreKey): string =>
  `${encodeNamed(group, "core")}.${encodeSegment(resource)}.${encodeNamed(namespace, "_")}.${encodeSegment(name)}`;

/** The key that `encodeKey` wrote; undefined for a text that is no key of ours. */
export const decodeKey = (text: string): StoreKey | undefined => {
  const [group, resource, namespace, name, ...rest] = text.split(".");
  if (group === undefined || resource === undefined || namespace === undefined || name === undefined || rest.length > 0) return undefined;
  return {
    group: decodeNamed(group, "core"),
    resource: decodeSegment(resource),
    namespace: decodeNamed(namespace, "_"),
    name: decodeSegment(name),
  };
};
