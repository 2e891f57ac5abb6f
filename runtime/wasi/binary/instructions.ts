// The immediates of every WebAssembly instruction that V8 knows, so that code can be walked. An opcode that is not in the
// tables is refused, never guessed: whoever rewrites code would else lose its place.
import { BinaryError, type Reader } from "./reader.ts";

/** Opcodes that code here looks for. */
export const OP = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  try: 0x06,
  end: 0x0b,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallRef: 0x15,
  delegate: 0x18,
  tryTable: 0x1f,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i32Eq: 0x46,
  i32LtS: 0x48,
  i32Sub: 0x6b,
  i32ShrU: 0x76,
} as const;

// One letter for each immediate: u index, m memory argument, b block type, h heap type, i integer, 1 4 8 G as many bytes
// (G: sixteen), v branch table, t list of value types, c catch clauses.
type Shape = string;
type Row = readonly [from: number, to: number, shape: Shape];

const expand = (rows: readonly Row[]): ReadonlyMap<number, Shape> =>
  new Map(rows.flatMap(([from, to, shape]) => Array.from({ length: to - from + 1 }, (_, index) => [from + index, shape] as const)));

const PLAIN = expand([
  [0x00, 0x01, ""],
  [0x02, 0x04, "b"],
  [0x05, 0x05, ""],
  [0x06, 0x06, "b"],
  [0x07, 0x09, "u"],
  [0x0a, 0x0b, ""],
  [0x0c, 0x0d, "u"],
  [0x0e, 0x0e, "v"],
  [0x0f, 0x0f, ""],
  [0x10, 0x10, "u"],
  [0x11, 0x11, "uu"],
  [0x12, 0x12, "u"],
  [0x13, 0x13, "uu"],
  [0x14, 0x15, "u"],
  [0x18, 0x18, "u"],
  [0x19, 0x1b, ""],
  [0x1c, 0x1c, "t"],
  [0x1f, 0x1f, "bc"],
  [0x20, 0x26, "u"],
  [0x28, 0x3e, "m"],
  [0x3f, 0x40, "u"],
  [0x41, 0x42, "i"],
  [0x43, 0x43, "4"],
  [0x44, 0x44, "8"],
  [0x45, 0xc4, ""],
  [0xd0, 0xd0, "h"],
  [0xd1, 0xd1, ""],
  [0xd2, 0xd2, "u"],
  [0xd3, 0xd4, ""],
  [0xd5, 0xd6, "u"],
]);

const NUMERIC = expand([
  [0x00, 0x07, ""],
  [0x08, 0x08, "uu"],
  [0x09, 0x09, "u"],
  [0x0a, 0x0a, "uu"],
  [0x0b, 0x0b, "u"],
  [0x0c, 0x0c, "uu"],
  [0x0d, 0x0d, "u"],
  [0x0e, 0x0e, "uu"],
  [0x0f, 0x11, "u"],
  [0x13, 0x16, ""],
]);

const VECTOR = expand([
  [0x00, 0x0b, "m"],
  [0x0c, 0x0d, "G"],
  [0x0e, 0x14, ""],
  [0x15, 0x22, "1"],
  [0x23, 0x53, ""],
  [0x54, 0x5b, "m1"],
  [0x5c, 0x5d, "m"],
  [0x5e, 0xff, ""],
  [0x100, 0x113, ""],
]);

const ATOMIC = expand([
  [0x00, 0x02, "m"],
  [0x03, 0x03, "1"],
  [0x10, 0x4e, "m"],
]);

const PREFIXED: ReadonlyMap<number, ReadonlyMap<number, Shape>> = new Map([
  [0xfc, NUMERIC],
  [0xfd, VECTOR],
  [0xfe, ATOMIC],
]);

const skipValueType = (reader: Reader): void => {
  const byte = reader.byte();
  if (byte === 0x63 || byte === 0x64) reader.skipLeb(); // a reference to a heap type that follows
  else if (byte < 0x40) throw new BinaryError(`unknown value type 0x${byte.toString(16)}`);
};

const skipBlockType = (reader: Reader): void => {
  const first = reader.bytes[reader.offset] ?? 0;
  if (first === 0x40) reader.skip(1);
  else if (first > 0x40 && first < 0x80) skipValueType(reader);
  else reader.skipLeb();
};

// The alignment's bit 6 says that a memory index follows.
const skipMemoryArgument = (reader: Reader): void => {
  if ((reader.u32() & 0x40) !== 0) reader.u32();
  reader.skipLeb();
};

const repeat = (reader: Reader, skip: (reader: Reader) => void): void => {
  for (let left = reader.u32(); left > 0; left--) skip(reader);
};

const skipCatch = (reader: Reader): void => {
  if (reader.byte() < 2) reader.u32(); // catch, catch_ref name a tag
  reader.u32();
};

const SKIP: Readonly<Record<string, (reader: Reader) => void>> = {
  u: (reader) => void reader.u32(),
  i: (reader) => reader.skipLeb(),
  h: (reader) => reader.skipLeb(),
  b: skipBlockType,
  m: skipMemoryArgument,
  "1": (reader) => reader.skip(1),
  "4": (reader) => reader.skip(4),
  "8": (reader) => reader.skip(8),
  G: (reader) => reader.skip(16),
  v: (reader) => {
    repeat(reader, (each) => void each.u32());
    reader.u32();
  },
  t: (reader) => repeat(reader, skipValueType),
  c: (reader) => repeat(reader, skipCatch),
};

const shapeOf = (reader: Reader, opcode: number): Shape => {
  const table = PREFIXED.get(opcode);
  const code = table === undefined ? opcode : reader.u32();
  const shape = (table ?? PLAIN).get(code);
  if (shape === undefined) throw new BinaryError(`unknown opcode 0x${opcode.toString(16)} 0x${code.toString(16)}`);
  return shape;
};

/** Reads one instruction and leaves the reader behind it; answers its first byte. Throws: BinaryError. */
export const readInstruction = (reader: Reader): number => {
  const opcode = reader.byte();
  const shape = shapeOf(reader, opcode);
  for (const letter of shape) SKIP[letter]?.(reader);
  return opcode;
};

/** Steps over the declarations of a function's locals and answers how many there are. Throws: BinaryError. */
export const readLocals = (reader: Reader): number => {
  let count = 0;
  for (let groups = reader.u32(); groups > 0; groups--) {
    count += reader.u32();
    skipValueType(reader);
  }
  return count;
};
