// A small module that stands between a guest and the host functions after which it may not go on. Only a WebAssembly trap
// cannot be caught by a guest, while an exception thrown by a host function can; so such a function answers END_CODE and the
// gate traps. Generated, since it is nothing but one shape repeated:
//
//   (func (export "poll_oneoff") (param i32 i32 i32 i32) (result i32)
//     (call $poll_oneoff (local.get 0) …) (local.tee 4) (i32.eq (i32.const -1)) (if (then unreachable)) (local.get 4))
import { name, s32, u32 } from "#runtime/wasi/binary/reader.ts";
import { OP } from "#runtime/wasi/binary/instructions.ts";
import { SECTION, append, joinModule } from "#runtime/wasi/binary/sections.ts";

/** What a host function behind the gate answers when its guest is to end. */
export const END_CODE = -1;

/** The functions behind the gate and how many numbers each takes. Each answers a number. */
export const GATED = {
  "orrery:turn": 0,
  proc_exit: 1,
  poll_oneoff: 4,
  sched_yield: 0,
  fd_sync: 1,
  fd_datasync: 1,
  fd_read: 4,
  fd_write: 4,
  sock_accept: 3,
  sock_recv: 6,
  sock_send: 5,
} as const;

export type Gated = keyof typeof GATED;

const NONE: { readonly count: number; readonly items: Uint8Array } = { count: 0, items: new Uint8Array() };
const FUNCTION_TYPE = 0x60;
const I32 = 0x7f;
const IMPORTS = "host";

// These answer nothing to the guest, whatever their host functions say.
const isSilent = (gated: string): boolean => gated === "orrery:turn" || gated === "proc_exit";

const bodyOf = (index: number, gated: string, params: number): number[] => {
  const call = [...Array.from({ length: params }, (_, local) => [OP.localGet, local]).flat(), OP.call, ...u32(index)];
  const test = [OP.localTee, params, OP.i32Const, ...s32(END_CODE), OP.i32Eq, OP.if, 0x40, OP.unreachable, OP.end];
  const body = [1, 1, I32, ...call, ...test, ...(isSilent(gated) ? [] : [OP.localGet, params]), OP.end];
  return [...u32(body.length), ...body];
};

const numbers = (count: number): number[] => [count, ...Array.from({ length: count }, () => I32)];
const typeOf = (params: number, results: number): number[] => [FUNCTION_TYPE, ...numbers(params), ...numbers(results)];

const build = (): Uint8Array<ArrayBuffer> => {
  const gates = Object.entries(GATED);
  const count = gates.length;
  const types = gates.flatMap(([gated, params]) => [typeOf(params, 1), typeOf(params, isSilent(gated) ? 0 : 1)]);
  const imports = gates.map(([gated], index) => [...name(IMPORTS), ...name(gated), 0, ...u32(2 * index)]);
  const functions = gates.map((_, index) => u32(2 * index + 1));
  const exports = gates.map(([gated], index) => [...name(gated), 0, ...u32(count + index)]);
  const bodies = gates.map(([gated, params], index) => bodyOf(index, gated, params));
  return joinModule([
    { id: SECTION.type, body: append(NONE, types) },
    { id: SECTION.import, body: append(NONE, imports) },
    { id: SECTION.function, body: append(NONE, functions) },
    { id: SECTION.export, body: append(NONE, exports) },
    { id: SECTION.code, body: append(NONE, bodies) },
  ]);
};

let compiled: WebAssembly.Module | undefined;

const absent = (): number => END_CODE;

/** The functions of `host`, each of which ends its guest by a trap when it answers END_CODE; those not given do always. */
export const gate = (host: { readonly [Name in Gated]?: WebAssembly.ImportValue }): Readonly<
  Record<Gated, WebAssembly.ExportedFunction>
> => {
  compiled ??= new WebAssembly.Module(build());
  const imports = Object.fromEntries(Object.keys(GATED).map((gated) => [gated, host[gated as Gated] ?? absent]));
  return new WebAssembly.Instance(compiled, { [IMPORTS]: imports }).exports as Record<Gated, WebAssembly.ExportedFunction>;
};
