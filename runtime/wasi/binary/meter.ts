// Makes a module preemptible, as Erlang's virtual machine counts reductions: a guest pays for what it runs, and when its
// fuel is spent it gives its thread away. Whoever runs the thread refuels it when its turn comes.
//
// M1 every loop and every call chain reaches a check: no guest holds its thread for long, whatever it does.
// M2 nothing is renumbered: types, functions, globals and tables are only added behind the module's own.
// M3 what cannot be rewritten with certainty is refused (BinaryError); such a module needs a thread of its own.
// M4 a refused memory.grow leaves a mark, so that a death for want of memory can be told from another.
import { BinaryError, Reader, name, s32, u32 } from "./reader.ts";
import { OP } from "./instructions.ts";
import { check, meterBody, type Added, type Metering } from "./meter-code.ts";
import { METER } from "./meter-names.ts";
import { SECTION, append, concat, joinModule, splitModule, vector, withSection, type Section } from "./sections.ts";

const FUNCTION_TYPE = 0x60;
const I32 = 0x7f;
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;
const EXPORTED = { function: 0, table: 1, global: 3 } as const;
const MUTABLE = 1;

// Entries a table may grow to: V8 keeps them on the heap that all guests of a thread share.
const TABLE_LIMIT = 65_536;

type Limits = { readonly min: number; readonly max: number | undefined };

const readLimits = (reader: Reader): Limits => {
  const flags = reader.byte();
  if (flags > 1) throw new BinaryError("shared and 64-bit memories and tables are not metered");
  return { min: reader.u32(), max: flags === 0 ? undefined : reader.u32() };
};

const readTable = (reader: Reader): Limits & { readonly type: number } => {
  const type = reader.byte();
  if (type !== FUNCREF && type !== EXTERNREF) throw new BinaryError("tables of other than functions and externals are not metered");
  return { type, ...readLimits(reader) };
};

const SKIP_IMPORT: readonly ((reader: Reader) => void)[] = [
  (reader) => void reader.u32(),
  (reader) => void readTable(reader),
  (reader) => void readLimits(reader),
  (reader) => reader.skip(2),
];

/** How many functions, tables, memories and globals are imported: they come first in their index spaces. Throws: BinaryError. */
export const countImports = (sections: readonly Section[]): readonly [number, number, number, number] => {
  const { count, items } = vector(sections, SECTION.import);
  const reader = new Reader(items);
  const seen: [number, number, number, number] = [0, 0, 0, 0];
  for (let left = count; left > 0; left--) {
    reader.skip(reader.u32());
    reader.skip(reader.u32());
    const kind = reader.byte();
    const skip = SKIP_IMPORT[kind];
    if (skip === undefined) throw new BinaryError(`imports of kind ${kind} are not metered`);
    skip(reader);
    seen[kind] = (seen[kind] ?? 0) + 1;
  }
  return seen;
};

const countTypes = (sections: readonly Section[]): number => {
  const { count, items } = vector(sections, SECTION.type);
  const reader = new Reader(items);
  for (let left = count; left > 0; left--) {
    if (reader.byte() !== FUNCTION_TYPE) throw new BinaryError("types other than functions are not metered");
    reader.skip(reader.u32());
    reader.skip(reader.u32());
  }
  return count;
};

const place = (sections: readonly Section[], metering: Metering): { readonly added: Added; readonly hasMemory: boolean } => {
  const [functions, tables, memories, globals] = countImports(sections);
  const of = (id: number): number => vector(sections, id).count;
  if (memories + of(SECTION.memory) > 1) throw new BinaryError("several memories are not metered");
  if (of(SECTION.memory) === 1) readLimits(new Reader(vector(sections, SECTION.memory).items));
  const turnType = countTypes(sections);
  const fuel = globals + of(SECTION.global);
  const turn = functions + of(SECTION.function);
  const turnTable = tables + of(SECTION.table);
  const added = {
    imported: functions,
    turnType,
    growType: turnType + 1,
    fuel,
    refused: fuel + 1,
    turnTable,
    turn,
    bulk: turn + 1,
    grow: turn + 2,
    metering,
  };
  return { added, hasMemory: memories + of(SECTION.memory) === 1 };
};

const limitTables = (sections: readonly Section[]): { readonly count: number; readonly items: Uint8Array } => {
  const { count, items } = vector(sections, SECTION.table);
  const reader = new Reader(items);
  const tables = Array.from({ length: count }, () => {
    const { type, min, max } = readTable(reader);
    return [type, 1, ...u32(min), ...u32(Math.max(min, Math.min(max ?? TABLE_LIMIT, TABLE_LIMIT)))];
  });
  return { count, items: concat(tables) };
};

// The bodies of turn, bulk and grow, without locals of their own.
const ownBodies = (added: Added, hasMemory: boolean): readonly (readonly number[])[] => {
  const turn = [0, OP.i32Const, 0, OP.callIndirect, ...u32(added.turnType), ...u32(added.turnTable), OP.end];
  const sixteenth = [OP.localGet, 0, OP.i32Const, 4, OP.i32ShrU];
  const bulk = [0, ...check(added, sixteenth), OP.localGet, 0, OP.end];
  const refused = [OP.localTee, 0, OP.i32Const, ...s32(-1), OP.i32Eq];
  const mark = [OP.if, 0x40, OP.i32Const, 1, OP.globalSet, ...u32(added.refused), OP.end];
  const grow = [0, OP.localGet, 0, OP.memoryGrow, 0, ...refused, ...mark, OP.localGet, 0, OP.end];
  return hasMemory ? [turn, bulk, grow] : [turn, bulk];
};

const meterCode = (sections: readonly Section[], added: Added, own: readonly (readonly number[])[]): Uint8Array => {
  const { count, items } = vector(sections, SECTION.code);
  const reader = new Reader(items);
  const parts: (Uint8Array | readonly number[])[] = [u32(count + own.length)];
  for (let left = count; left > 0; left--) {
    const body = meterBody(added, reader.take(reader.u32()));
    parts.push(u32(body.length), body);
  }
  return concat([...parts, ...own.flatMap((body) => [u32(body.length), body])]);
};

const exportsOf = (added: Added, start: number | undefined): readonly (readonly number[])[] => [
  [...name(METER.fuel), EXPORTED.global, ...u32(added.fuel)],
  [...name(METER.refused), EXPORTED.global, ...u32(added.refused)],
  [...name(METER.turn), EXPORTED.table, ...u32(added.turnTable)],
  ...(start === undefined ? [] : [[...name(METER.start), EXPORTED.function, ...u32(start)]]),
];

const startOf = (sections: readonly Section[]): number | undefined => {
  const section = sections.find(({ id }) => id === SECTION.start);
  return section === undefined ? undefined : new Reader(section.body).u32();
};

/**
 * The metered form of a core module, which must be valid: an index one past the module's own would come to mean what is
 * added here. Throws: BinaryError when the module cannot be metered.
 */
export const meter = (bytes: Uint8Array, metering: Metering): Uint8Array<ArrayBuffer> => {
  const sections = splitModule(bytes);
  const { added, hasMemory } = place(sections, metering);
  const own = ownBodies(added, hasMemory);
  const zero = [I32, MUTABLE, OP.i32Const, 0, OP.end];
  const of = (id: number) => vector(sections, id);
  const replaced: readonly (readonly [number, Uint8Array | undefined])[] = [
    [
      SECTION.type,
      append(of(SECTION.type), [
        [FUNCTION_TYPE, 0, 0],
        [FUNCTION_TYPE, 1, I32, 1, I32],
      ]),
    ],
    [
      SECTION.function,
      append(
        of(SECTION.function),
        own.map((_, index) => u32(index === 0 ? added.turnType : added.growType)),
      ),
    ],
    [SECTION.table, append(limitTables(sections), [[FUNCREF, 1, 1, 1]])],
    [SECTION.global, append(of(SECTION.global), [zero, zero])],
    [SECTION.export, append(of(SECTION.export), exportsOf(added, startOf(sections)))],
    [SECTION.start, undefined],
    [SECTION.code, meterCode(sections, added, own)],
  ];
  return joinModule(replaced.reduce<readonly Section[]>((all, [id, body]) => withSection(all, id, body), sections));
};
