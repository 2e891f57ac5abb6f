// What a component that means harm, or is merely wrong, gets for it.
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import * as assert from "uvu/assert";
import { decodeComponent } from "#runtime/wasi/component/decode.ts";
import { splitComponent } from "#runtime/wasi/component/split.ts";
import { callFunction } from "#runtime/wasi/component/functions.ts";
import { ComponentTrap } from "#runtime/wasi/component/handles.ts";
import { link, type HostInterface } from "#runtime/wasi/component/linker.ts";
import { suite } from "#test/support/suite.ts";
import { ALLOCATOR, componentOf, type Source } from "./build.ts";

const test = suite("component bounds");

type Interfaces = Readonly<Record<string, HostInterface>>;
type Exports = Awaited<ReturnType<typeof link>>["exports"];

const linkBytes = async (
  bytes: Uint8Array,
  interfaces: Interfaces = {},
  handles: Readonly<Record<string, string>> = {},
): Promise<Exports> => {
  const { definitions, modules } = splitComponent(bytes);
  const { exports } = await link(decodeComponent(definitions), {
    interface: (name) => interfaces[name],
    handles: (_, of) => handles[of] ?? "",
    aside: (call) => call(),
    instantiate: async (number, imports) =>
      new WebAssembly.Instance(new WebAssembly.Module(modules[number] as Uint8Array), imports).exports,
  });
  return exports;
};

const linkText = async (wat: string): Promise<Exports> => linkBytes(await parse(`(component ${wat})`));

const linkSource = async (source: Source, interfaces?: Interfaces, handles?: Readonly<Record<string, string>>): Promise<Exports> =>
  linkBytes(await componentOf(source), interfaces, handles);

const call = async (exports: Exports, name: string, ...args: unknown[]): Promise<unknown> => {
  const found = exports.functions.get(name);
  assert.ok(found, name);
  return callFunction(found, ...args);
};

const trapOf = async (promise: Promise<unknown>): Promise<string> => {
  const error: unknown = await promise.then(
    () => new Error("nothing went wrong"),
    (cause: unknown) => cause,
  );
  assert.instance(error, ComponentTrap, String(error));
  return (error as Error).message;
};

const HOST = "interface host { f: func(x: u32); }";
const USES_F = { wit: `package t:t; ${HOST} world program { import host; export run: func(); }`, wat: "" };
const IMPORT_F = '(import "t:t/host" "f" (func $f (param i32)))';

test("an interface or a function that the host has not is named", async () => {
  const source = { ...USES_F, wat: `${IMPORT_F} (func (export "run"))` };
  assert.is(await trapOf(linkSource(source)), 'the component imports "t:t/host", which this node does not have');
  assert.is(await trapOf(linkSource(source, { "t:t/host": {} })), 'the component imports "f" of "t:t/host", which this node does not have');
});

test("a plain value cannot stand where the host expects a resource", async () => {
  const wit = `package t:t;
    interface host { record forged { fd: u32 } close: func(it: forged); }
    world program { import host; export run: func(); }`;
  const wat = '(import "t:t/host" "close" (func $close (param i32))) (func (export "run") (call $close (i32.const 3)))';
  const closed: unknown[] = [];
  const host = { "t:t/host": { close: (it: unknown) => void closed.push(it) } };
  const message = await trapOf(linkSource({ wit, wat }, host, { close: "0:borrow file" }));
  assert.is(message, '"close" of "t:t/host" has handles at "0:borrow file", not at ""');
  assert.equal(closed, []);
});

test("nobody enters an instance that is being called, nor one that trapped", async () => {
  const wat = `${IMPORT_F} (func (export "run") (call $f (i32.const 0)))`;
  let again: Promise<unknown> | undefined;
  const exports: Exports = await linkSource({ ...USES_F, wat }, { "t:t/host": { f: () => void (again = call(exports, "run")) } });
  await call(exports, "run");
  assert.is(await trapOf(again as Promise<unknown>), "cannot enter component instance");
  const trapping = await linkSource(
    { ...USES_F, wat: `${IMPORT_F} (func (export "run") unreachable)` },
    { "t:t/host": { f: () => undefined } },
  );
  await call(trapping, "run").catch(() => undefined);
  assert.is(await trapOf(call(trapping, "run")), "cannot enter component instance");
});

test("while it allocates for its host, a guest calls nobody", async () => {
  const wit = `package t:t; ${HOST} world program { import host; export take: func(x: string); }`;
  const wat = `${IMPORT_F} (memory (export "memory") 1)
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (call $f (i32.const 0)) (i32.const 0))
    (func (export "take") (param i32 i32))`;
  const exports = await linkSource({ wit, wat }, { "t:t/host": { f: () => undefined } });
  assert.is(await trapOf(call(exports, "take", "text")), "cannot leave component instance");
});

test("what was lent for a call is given back at its end", async () => {
  const wit = `package t:t; interface host { resource r; }
    world program { import host; use host.{r}; export keep: func(it: borrow<r>); }`;
  const wat = '(import "t:t/host" "[resource-drop]r" (func $drop (param i32))) (func (export "keep") (param i32))';
  const exports = await linkSource({ wit, wat }, { "t:t/host": {} });
  assert.is(await trapOf(call(exports, "keep", {})), "borrow handles still remain at the end of the call");
});

test("one list many times over is more than a call may pass", async () => {
  const wit = `package t:t; interface host { f: func(x: list<list<u8>>); } world program { import host; export run: func(); }`;
  // 100 elements, each of which is the same 983,040 bytes.
  const wat = `(import "t:t/host" "f" (func $f (param i32 i32))) ${ALLOCATOR}
    (func (export "run") (local $at i32)
      (loop $next
        (i32.store (local.get $at) (i32.const 65536))
        (i32.store offset=4 (local.get $at) (i32.const 983040))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 800))))
      (call $f (i32.const 0) (i32.const 100)))`;
  const exports = await linkSource({ wit, wat }, { "t:t/host": { f: () => undefined } });
  assert.is(await trapOf(call(exports, "run")), "a call passes more than 67108864 bytes");
});

test("components that make components that make components are bounded", async () => {
  const levels = Array.from({ length: 16 }, (_, level) => {
    const below = level === 0 ? "" : Array.from({ length: 4 }, () => `(instance (instantiate $c${level - 1}))`).join("");
    const alias = level === 0 ? "" : `(alias outer 1 $c${level - 1} (component $c${level - 1}))`;
    return `(component $c${level} ${alias} ${below})`;
  });
  const message = await trapOf(linkText(`${levels.join("\n")} (instance (instantiate $c15))`));
  assert.is(message, "the component is too large when all in it is instantiated");
});

test("indices that lead nowhere are traps", async () => {
  const malformed = [
    ['(alias export 0 "x" (func))', "unknown instance 0"],
    ["(type (list 7))", "unknown type 7"],
    ["(core func (canon resource.drop 3))", "unknown type 3"],
    ["(type (list u8)) (core func (canon resource.drop 0))", "type 0 is not a resource"],
    ['(component) (instance (instantiate 0)) (alias export 0 "none" (func))', 'an instance does not export "none"'],
    ['(export "x" (func 2))', "unknown function 2"],
  ] as const;
  for (const [wat, message] of malformed) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, to name the one that fails
    assert.is(await trapOf(linkText(wat)), message, wat);
  }
});

test("the component's own resources are dropped by its own destructor", async () => {
  const wit = `package t:t; interface made { resource counter { constructor(start: u32); next: func() -> u32; } }
    world program { export made; export dropped: func() -> u32; export drop-one: func(); }`;
  const wat = `(import "[export]t:t/made" "[resource-new]counter" (func $new (param i32) (result i32)))
    (import "[export]t:t/made" "[resource-drop]counter" (func $drop (param i32)))
    (global $dropped (mut i32) (i32.const 0))
    (func (export "t:t/made#[constructor]counter") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "t:t/made#[method]counter.next") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func (export "t:t/made#[dtor]counter") (param i32) (global.set $dropped (local.get 0)))
    (func (export "dropped") (result i32) (global.get $dropped))
    (func (export "drop-one") (call $drop (call $new (i32.const 9))))`;
  const exports = await linkSource({ wit, wat });
  const made = exports.instances.get("t:t/made") as Exports;
  const counter = await call(made, "[constructor]counter", 41);
  assert.is(await call(made, "[method]counter.next", counter), 42);
  await call(exports, "drop-one");
  assert.is(await call(exports, "dropped"), 9);
});
