// Writes a memory limit into the modules of a program: V8 honours a memory's maximum, while a worker's resource limits do not bound it.
import { BinaryError, Reader, u32 } from "./binary/reader.ts";
import { SECTION, append, joinModule, splitModule, vector, withSection, type Section } from "./binary/sections.ts";

const PAGE_BYTES = 65_536;

/** A program whose memories need more at its start than they may have. */
export class MemoryLimitError extends Error {
  override readonly name = "MemoryLimitError";
}

type Memory = { readonly flags: number; readonly min: number; readonly max: number | undefined };

const HAS_MAX = 1;

const readMemory = (reader: Reader): Memory => {
  const flags = reader.byte();
  if (flags > 7) throw new BinaryError("memories with pages of their own size are not limited");
  const min = reader.u32();
  return { flags, min, max: (flags & HAS_MAX) === 0 ? undefined : reader.u32() };
};

const withMax = ({ flags, min, max }: Memory, most: number): number[] => [
  flags | HAS_MAX,
  ...u32(min),
  ...u32(Math.min(max ?? most, most)),
];

type Sized = { readonly sections: readonly Section[]; readonly memories: readonly Memory[] };

const sizedOf = (bytes: Uint8Array): Sized => {
  const sections = splitModule(bytes);
  const { count, items } = vector(sections, SECTION.memory);
  const reader = new Reader(items);
  return { sections, memories: Array.from({ length: count }, () => readMemory(reader)) };
};

const withMemories = ({ sections, memories }: Sized, share: number): Uint8Array<ArrayBuffer> => {
  if (memories.length === 0) return joinModule(sections);
  const limited = memories.map((memory) => withMax(memory, memory.min + share));
  return joinModule(withSection(sections, SECTION.memory, append({ count: 0, items: new Uint8Array() }, limited)));
};

/**
 * The modules of one program with memories that together have at most `limitBytes`: each keeps its minimum and gets an equal
 * part of the rest. Imported memories belong to whoever made them. Throws: MemoryLimitError, BinaryError.
 */
export const limitMemories = (modules: readonly Uint8Array[], limitBytes: number): readonly Uint8Array<ArrayBuffer>[] => {
  const sized = modules.map(sizedOf);
  const memories = sized.flatMap((each) => each.memories);
  const spare = Math.floor(limitBytes / PAGE_BYTES) - memories.reduce((sum, { min }) => sum + min, 0);
  if (spare < 0) throw new MemoryLimitError(`the program's memories start above their limit of ${limitBytes} bytes`);
  const share = Math.floor(spare / Math.max(memories.length, 1));
  return sized.map((each) => withMemories(each, share));
};

/** The module with its memories limited. Throws: MemoryLimitError, BinaryError. */
export const limitMemory = (bytes: Uint8Array, limitBytes: number): Uint8Array<ArrayBuffer> =>
  limitMemories([bytes], limitBytes)[0] as Uint8Array<ArrayBuffer>;
