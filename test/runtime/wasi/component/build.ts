// Components for tests, made by wasm-tools of a core module in text and a world in WIT.
import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import type { Encoding } from "#runtime/wasi/component/codec.ts";

export type Source = {
  /** A package with a world `program`. */
  readonly wit: string;
  /** The core module's fields. */
  readonly wat: string;
  readonly encoding?: Encoding | undefined;
};

/** A memory, and `cabi_realloc` that never gives anything back. */
export const ALLOCATOR = `
  (memory (export "memory") 16)
  (global $top (mut i32) (i32.const 4096))
  (func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and
      (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
      (i32.sub (i32.const 0) (local.get 2))))
    (global.set $top (i32.add (local.get $at) (local.get 3)))
    (local.get $at))`;

const TOOLS_NAMES = { utf8: "utf8", utf16: "utf16", "latin1+utf16": "compact-utf16" } as const;

/** The component. Rejects: when wasm-tools finds that module and world do not fit. */
export const componentOf = async ({ wit, wat, encoding = "utf8" }: Source): Promise<Uint8Array> => {
  const binary = await parse(`(module ${wat})`);
  return componentNew(await componentEmbed({ binary, witSource: wit, world: "program", stringEncoding: TOOLS_NAMES[encoding] }));
};
