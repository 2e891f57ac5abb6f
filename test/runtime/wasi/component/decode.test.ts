import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { BinaryError, u32 } from "#runtime/wasi/binary/reader.ts";
import { decodeComponent } from "#runtime/wasi/component/decode.ts";
import { splitComponent } from "#runtime/wasi/component/split.ts";
import type { Definition } from "#runtime/wasi/component/syntax.ts";
import { suite } from "#test/support/suite.ts";
import { ALLOCATOR, componentOf } from "./build.ts";

const test = suite("component decoding");

const definitionsOf = async (wat: string): Promise<readonly Definition[]> => decodeComponent(await parse(`(component ${wat})`)).definitions;

const typesIn = async (wat: string): Promise<readonly unknown[]> =>
  (await definitionsOf(wat)).map((each) => (each.do === "type" ? each.type : each.do));

const HEAD = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

test("types are read as they are written", async () => {
  const types = await typesIn(`
    (type (record (field "a" u8) (field "b" string)))
    (type (variant (case "x") (case "y" f64)))
    (type (list 0)) (type (tuple s8 1)) (type (flags "f" "g")) (type (enum "e"))
    (type (option char)) (type (result u64 (error string))) (type (result))`);
  assert.equal(types, [
    {
      is: "record",
      fields: [
        { name: "a", type: "u8" },
        { name: "b", type: "string" },
      ],
    },
    {
      is: "variant",
      cases: [
        { name: "x", type: undefined },
        { name: "y", type: "f64" },
      ],
    },
    { is: "list", element: 0 },
    { is: "tuple", elements: ["s8", 1] },
    { is: "flags", names: ["f", "g"] },
    { is: "enum", names: ["e"] },
    { is: "option", element: "char" },
    { is: "result", ok: "u64", error: "string" },
    { is: "result", ok: undefined, error: undefined },
  ]);
});

test("resources, functions and interfaces are read", async () => {
  const definitions = await definitionsOf(`
    (import "test:a/b@0.2.1" (instance $b
      (export "thing" (type $thing (sub resource)))
      (export "[method]thing.get" (func (param "self" (borrow $thing)) (result u32)))))
    (alias export $b "thing" (type $own))
    (core func $drop (canon resource.drop $own))`);
  assert.equal(definitions, [
    {
      do: "type",
      type: {
        is: "interface",
        sizeBytes: 47,
        declarations: [
          { do: "export type", name: "thing", extern: { is: "resource" } },
          { do: "type", type: { is: "borrow", resource: 0 } },
          { do: "type", type: { is: "function", params: [{ name: "self", type: 1 }], result: "u32" } },
          { do: "export type", name: "[method]thing.get", extern: { is: "func", type: 2 } },
        ],
      },
    },
    { do: "import", name: "test:a/b@0.2.1", extern: { is: "instance", type: 0 } },
    { do: "alias", alias: { of: "export", sort: "type", instance: 0, name: "thing" } },
    { do: "canon", canon: { do: "resource.drop", resource: 1 } },
  ]);
});

test("core modules are put aside, and functions say how they cross the border", async () => {
  const wat = `${ALLOCATOR} (func (export "run") (param i32 i32))`;
  const wit = "package test:a; world program { export run: func(text: string); }";
  const { definitions, modules } = splitComponent(await componentOf({ wit, wat, encoding: "latin1+utf16" }));
  const all = decodeComponent(definitions).definitions;
  assert.equal(all[0], { do: "core module", module: 0 });
  assert.ok(WebAssembly.validate(modules[0] as Uint8Array));
  assert.equal(
    all.flatMap((each) => (each.do === "canon" ? each.canon : [])),
    [
      {
        do: "lift",
        func: 0,
        type: 0,
        options: { encoding: "latin1+utf16", memory: 0, realloc: 1, postReturn: undefined },
      },
    ],
  );
  assert.equal(all.at(-1), { do: "export", exported: { name: "run", sort: "func", index: 0 } });
});

test("components in components are read, and alias what is around them", async () => {
  const all = await definitionsOf(`(type $t (list u8)) (component (alias outer 1 $t (type))) (instance (instantiate 0))`);
  assert.equal(all.slice(1), [
    {
      do: "component",
      component: { definitions: [{ do: "alias", alias: { of: "outer", sort: "type", up: 1, index: 0 } }], sizeBytes: 5 },
    },
    { do: "instantiate", component: 0, args: [] },
  ]);
});

const isRefused =
  (message: RegExp) =>
  (error: unknown): boolean =>
    error instanceof BinaryError && message.test(error.message);

test("what is cut off anywhere is refused", async () => {
  const bytes = await componentOf({ wit: "package test:a; world program { export run: func(); }", wat: '(func (export "run"))' });
  for (let length = 9; length < Math.min(bytes.length, 400); length++) {
    try {
      decodeComponent(splitComponent(bytes.subarray(0, length)).definitions); // a cut between two sections leaves a component
    } catch (error) {
      assert.instance(error, BinaryError, `${length} bytes: ${String(error)}`);
    }
  }
});

test("no change to a component's bytes does anything but be refused, or mean something else", async () => {
  const { definitions } = splitComponent(await readFile(join(import.meta.dirname, "../../toolbox-component.wasm")));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(definitions.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
      const changed = definitions.slice();
      for (const [at, byte] of changes) changed[at] = byte;
      try {
        decodeComponent(splitComponent(changed).definitions);
      } catch (error) {
        assert.instance(error, BinaryError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});

test("what is not known is refused, by name", () => {
  const decode =
    (...section: number[]) =>
    () =>
      decodeComponent(Uint8Array.from([...HEAD, ...section]));
  assert.throws(() => decodeComponent(Uint8Array.of(1, 2, 3)), isRefused(/^not a WebAssembly component$/));
  assert.throws(decode(12, 1, 0), isRefused(/^section 12 of a component is not known$/));
  assert.throws(decode(7, 2, 1, 0x50), isRefused(/^unknown type 0x50$/));
  assert.throws(decode(7, 3, 1, 0x7f, 0x7f), isRefused(/^section 7 has bytes left$/));
  assert.throws(decode(8, 2, 1, 0x05), isRefused(/^canonical function 0x5 is not known$/));
});

test("definitions are bounded, and so is how deep they nest", () => {
  const body = new Uint8Array((1 << 20) + 1);
  const section = [7, 0x81, 0x80, 0xc0, 0x00];
  const bytes = Uint8Array.from([...HEAD, ...section, ...body]);
  assert.throws(() => splitComponent(bytes), isRefused(/take more than 1048576 bytes$/));
  let nested = Uint8Array.from(HEAD);
  for (let depth = 0; depth < 70; depth++) nested = Uint8Array.from([...HEAD, 4, ...u32(nested.length), ...nested]);
  assert.throws(() => splitComponent(nested), isRefused(/^components are nested too deep$/));
});
