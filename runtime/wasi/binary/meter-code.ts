// The part of metering that rewrites code: a check at the head of every loop and of every function that calls or is long.
import { BinaryError, Reader, s32, u32 } from "./reader.ts";
import { OP, readInstruction, readLocals } from "./instructions.ts";
import { concat } from "./sections.ts";

/** What a module is prepared for: taking turns with others on a thread, or only having its memory watched. */
export type Metering = "turns" | "memory";

/** The indices of what metering adds to a module. */
export type Added = {
  /** How many functions are imported; they come first. */
  readonly imported: number;
  readonly turnType: number;
  readonly growType: number;
  readonly fuel: number;
  readonly refused: number;
  readonly turnTable: number;
  readonly turn: number;
  readonly bulk: number;
  readonly grow: number;
  readonly metering: Metering;
};

type Edit = { readonly at: number; readonly remove: number; readonly insert: readonly number[] };
type Block = { readonly at: number; cost: number };

// A leaf function this short is paid for by whoever loops around it.
const FREE_INSTRUCTIONS = 32;

const NUMERIC_PREFIX = 0xfc;

// memory.init copy fill, table.init copy grow fill: the count of bytes or entries is on top of the stack.
const BULK = new Set([0x08, 0x0a, 0x0b, 0x0c, 0x0e, 0x0f, 0x11]);

const isCall = (opcode: number): boolean => opcode >= OP.call && opcode <= OP.returnCallRef;
const opensBlock = (opcode: number): boolean => (opcode >= OP.block && opcode <= OP.if) || opcode === OP.try || opcode === OP.tryTable;
const closesBlock = (opcode: number): boolean => opcode === OP.end || opcode === OP.delegate;

/** Takes the cost that the instructions `cost` push from the fuel, and gives the thread away when none is left. */
export const check = (added: Added, cost: readonly number[]): number[] => {
  const pay = [OP.globalGet, ...u32(added.fuel), ...cost, OP.i32Sub, OP.globalSet, ...u32(added.fuel)];
  return [...pay, ...yieldIfSpent(added)];
};

const yieldIfSpent = (added: Added): number[] => {
  const isSpent = [OP.globalGet, ...u32(added.fuel), OP.i32Const, 0, OP.i32LtS];
  return [...isSpent, OP.if, 0x40, OP.call, ...u32(added.turn), OP.end];
};

// A host function takes fuel too, and a row of calls has no other check between them.
const mayCallHost = (added: Added, opcode: number, at: number, { bytes, end }: Reader): boolean => {
  if (opcode !== OP.call && opcode !== OP.returnCall) return isCall(opcode);
  return new Reader(bytes, at + 1, end).u32() < added.imported;
};

const substitute = (added: Added, opcode: number, at: number, reader: Reader): Edit | undefined => {
  if (opcode === OP.memoryGrow) return { at, remove: reader.offset - at, insert: [OP.call, ...u32(added.grow)] };
  if (added.metering === "memory") return undefined;
  const isBulk = opcode === NUMERIC_PREFIX && BULK.has(reader.bytes[at + 1] ?? 0);
  if (isBulk) return { at, remove: 0, insert: [OP.call, ...u32(added.bulk)] };
  return mayCallHost(added, opcode, at, reader) ? { at, remove: 0, insert: yieldIfSpent(added) } : undefined;
};

const checksOf = (added: Added, blocks: readonly Block[]): readonly Edit[] =>
  added.metering === "memory" ? [] : blocks.map(({ at, cost }) => ({ at, remove: 0, insert: check(added, [OP.i32Const, ...s32(cost)]) }));

// `open` has the block that each unclosed `end` belongs to: a loop for itself, any other for what is around it. The first
// is the function. What one round of a block costs is known at its end only, so the checks are made last.
const edits = (added: Added, reader: Reader): readonly Edit[] => {
  const entry: Block = { at: reader.offset, cost: 0 };
  const open: Block[] = [entry];
  const loops: Block[] = [];
  const found: Edit[] = [];
  let calls = false;
  for (let block = open.at(-1); block !== undefined; block = open.at(-1)) {
    const at = reader.offset;
    const opcode = readInstruction(reader);
    block.cost++;
    calls ||= isCall(opcode);
    if (opcode === OP.loop) {
      const loop = { at: reader.offset, cost: 1 };
      loops.push(loop);
      open.push(loop);
    } else if (opensBlock(opcode)) open.push(block);
    else if (closesBlock(opcode)) open.pop();
    const edit = substitute(added, opcode, at, reader);
    if (edit !== undefined) found.push(edit);
  }
  if (!reader.done) throw new BinaryError("code after the end of a function");
  const paying = calls || entry.cost > FREE_INSTRUCTIONS ? [entry, ...loops] : loops;
  return [...found, ...checksOf(added, paying)].toSorted((a, b) => a.at - b.at);
};

/** A function's body (locals and code) with its checks. Throws: BinaryError. */
export const meterBody = (added: Added, body: Uint8Array): Uint8Array => {
  const reader = new Reader(body);
  readLocals(reader);
  const parts: (Uint8Array | readonly number[])[] = [];
  let from = 0;
  for (const { at, remove, insert } of edits(added, reader)) {
    parts.push(body.subarray(from, at), insert);
    from = at + remove;
  }
  return concat([...parts, body.subarray(from)]);
};
