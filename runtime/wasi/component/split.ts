// Takes the core modules out of a component and leaves their places empty, so that what is left is a component still, and small:
// a megabyte at most, since all of it becomes objects of the host's.
import { BinaryError, Reader, u32 } from "#runtime/wasi/binary/reader.ts";
import { concat } from "#runtime/wasi/binary/sections.ts";

/** The core modules by their numbers, in the order of decoding, and the component without their bytes. */
export type Split = { readonly modules: readonly Uint8Array[]; readonly definitions: Uint8Array };

const HEAD_BYTES = 8;
const SECTION = { custom: 0, coreModule: 1, component: 4 } as const;

const MOST_BYTES = 1 << 20;
const MOST_DEPTH = 64;

type Splitting = { readonly modules: Uint8Array[]; sizeBytes: number; depth: number };

const count = (splitting: Splitting, bytes: number): void => {
  splitting.sizeBytes += bytes;
  if (splitting.sizeBytes > MOST_BYTES) throw new BinaryError(`the component's definitions take more than ${MOST_BYTES} bytes`);
};

const stripNested = (body: Uint8Array, splitting: Splitting): Uint8Array => {
  if (++splitting.depth > MOST_DEPTH) throw new BinaryError("components are nested too deep");
  const left = strip(body, splitting);
  splitting.depth--;
  return left;
};

const stripSection = (id: number, body: Uint8Array, splitting: Splitting): Uint8Array => {
  if (id === SECTION.component) return stripNested(body, splitting);
  if (id !== SECTION.coreModule) return body;
  splitting.modules.push(body);
  return new Uint8Array();
};

const strip = (bytes: Uint8Array, splitting: Splitting): Uint8Array => {
  if (bytes.length < HEAD_BYTES) throw new BinaryError("unexpected end");
  const reader = new Reader(bytes, HEAD_BYTES);
  const parts: (Uint8Array | readonly number[])[] = [bytes.subarray(0, HEAD_BYTES)];
  while (!reader.done) {
    const id = reader.byte();
    const body = reader.take(reader.u32());
    if (id === SECTION.custom) continue;
    const left = stripSection(id, body, splitting);
    if (id !== SECTION.component) count(splitting, left.length);
    parts.push([id, ...u32(left.length)], left);
  }
  return concat(parts);
};

/** Splits a component. Throws: BinaryError. */
export const splitComponent = (bytes: Uint8Array): Split => {
  const splitting: Splitting = { modules: [], sizeBytes: 0, depth: 0 };
  const definitions = strip(bytes, splitting);
  return { definitions, modules: splitting.modules };
};
