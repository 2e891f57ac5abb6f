// A module as the list of its sections, and back.
import { BinaryError, Reader, u32 } from "./reader.ts";

/** The ids of the sections that are read or written here. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

export type Section = { readonly id: number; readonly body: Uint8Array };

const HEAD = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** The sections of a module, in their order. Throws: BinaryError. */
export const splitModule = (bytes: Uint8Array): Section[] => {
  if (HEAD.some((byte, index) => bytes[index] !== byte)) throw new BinaryError("not a WebAssembly module");
  const reader = new Reader(bytes, HEAD.length);
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.byte(), body: reader.take(reader.u32()) });
  return sections;
};

/** The module made of `sections`. */
export const joinModule = (sections: readonly Section[]): Uint8Array<ArrayBuffer> => {
  const heads = sections.map(({ id, body }) => [id, ...u32(body.length)]);
  const bytes = new Uint8Array(sections.reduce((sum, { body }, index) => sum + body.length + (heads[index]?.length ?? 0), HEAD.length));
  bytes.set(HEAD);
  let offset = HEAD.length;
  for (const [index, { body }] of sections.entries()) {
    const head = heads[index] ?? [];
    bytes.set(head, offset);
    bytes.set(body, offset + head.length);
    offset += head.length + body.length;
  }
  return bytes;
};

/** The entries of a vector section as [count, bytes after the count]; absent: none. */
export const vector = (sections: readonly Section[], id: number): { readonly count: number; readonly items: Uint8Array } => {
  const section = sections.find((each) => each.id === id);
  if (section === undefined) return { count: 0, items: new Uint8Array() };
  const reader = new Reader(section.body);
  const count = reader.u32();
  return { count, items: section.body.subarray(reader.offset) };
};

// The order in which a module must have its sections; tags stand between memories and globals, data count before code.
const ORDER = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/** `sections` with one replaced by `body`, or put in where the format wants it; undefined takes it out. */
export const withSection = (sections: readonly Section[], id: number, body: Uint8Array | undefined): Section[] => {
  const rank = ORDER.indexOf(id);
  const isBefore = (each: Section): boolean => each.id !== SECTION.custom && ORDER.indexOf(each.id) < rank;
  const rest = sections.filter((each) => each.id !== id);
  if (body === undefined) return rest;
  const place = rest.findLastIndex(isBefore) + 1;
  return rest.toSpliced(place, 0, { id, body });
};

/** A vector section's body: the old entries and `added`, each an encoded entry. */
export const append = (old: { readonly count: number; readonly items: Uint8Array }, added: readonly (readonly number[])[]): Uint8Array => {
  const count = u32(old.count + added.length);
  return concat([count, old.items, ...added]);
};

/** The bytes of `parts`, one after the other. */
export const concat = (parts: readonly (Uint8Array | readonly number[])[]): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
};
