// Exports what a module keeps between calls, so that a host can put it back as it was: its memory and its mutable globals.
//
// E1 nothing is renumbered, and nothing but exports is added. E2 a module that keeps something else, in its tables, in dropped
// segments or in globals that hold references, is refused: it cannot be put back.
import { OP, readInstruction, readLocals } from "./instructions.ts";
import { countImports } from "./meter.ts";
import { BinaryError, Reader, name, u32 } from "./reader.ts";
import { SECTION, append, joinModule, splitModule, vector, withSection, type Section } from "./sections.ts";

/** The names of what is exported: the memory, and each global by its number among them. */
export const STATE = { memory: "orrery:memory", global: "orrery:global:" } as const;

const EXPORTED = { memory: 2, global: 3 } as const;
const NUMBERS: ReadonlySet<number> = new Set([0x7c, 0x7d, 0x7e, 0x7f]);
const TABLE_SET = 0x26;
const PREFIX = 0xfc;
// data.drop, table.init, elem.drop, table.copy, table.grow, table.fill
const KEEPS: ReadonlySet<number> = new Set([0x09, 0x0c, 0x0d, 0x0e, 0x0f, 0x11]);

// The places of the mutable globals among the module's own.
const mutableGlobals = (sections: readonly Section[]): readonly number[] => {
  const { count, items } = vector(sections, SECTION.global);
  const reader = new Reader(items);
  return Array.from({ length: count }, (_, index) => index).filter(() => {
    const type = reader.byte();
    const isNumber = NUMBERS.has(type);
    if (!isNumber && type >= 0x63 && type <= 0x64) reader.skipLeb();
    const isMutable = reader.byte() === 1;
    if (isMutable && !isNumber) throw new BinaryError("a global that is no number cannot be put back");
    while (readInstruction(reader) !== OP.end);
    return isMutable;
  });
};

const checkBody = (body: Uint8Array): void => {
  const reader = new Reader(body);
  readLocals(reader);
  while (!reader.done) {
    const at = reader.offset;
    const opcode = readInstruction(reader);
    if (opcode === TABLE_SET || (opcode === PREFIX && KEEPS.has(body[at + 1] ?? 0)))
      throw new BinaryError("what is kept in tables and segments cannot be put back");
  }
};

const checkCode = (sections: readonly Section[]): void => {
  const { count, items } = vector(sections, SECTION.code);
  const reader = new Reader(items);
  for (let left = count; left > 0; left--) checkBody(reader.take(reader.u32()));
};

/** The module with its state exported. Throws: BinaryError when it keeps what cannot be put back. */
export const exposeState = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const sections = splitModule(bytes);
  checkCode(sections);
  const [, , memories, imported] = countImports(sections);
  const own = vector(sections, SECTION.memory).count;
  if (own > 1) throw new BinaryError("several memories cannot be put back");
  const memory = own === 0 ? [] : [[...name(STATE.memory), EXPORTED.memory, ...u32(memories)]];
  const globals = mutableGlobals(sections).map((index) => [...name(`${STATE.global}${index}`), EXPORTED.global, ...u32(imported + index)]);
  return joinModule(withSection(sections, SECTION.export, append(vector(sections, SECTION.export), [...memory, ...globals])));
};
