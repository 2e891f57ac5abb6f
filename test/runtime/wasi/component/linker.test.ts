import { decodeComponent } from "#runtime/wasi/component/decode.ts";
import { splitComponent } from "#runtime/wasi/component/split.ts";
import { callFunction } from "#runtime/wasi/component/functions.ts";
import { link } from "#runtime/wasi/component/linker.ts";
import { componentLinkerContract, type OpenLinker } from "#test/contract/component-linker.ts";

const HANDLES: Readonly<Record<string, string>> = {
  "[constructor]thing": "-> own thing",
  "[method]thing.number": "0:borrow thing",
  "[static]thing.sum": "0:borrow thing 1:borrow thing",
  keep: "0:list<own thing>",
};

const open: OpenLinker = async (bytes, host) => {
  const { definitions, modules } = splitComponent(bytes);
  const { exports } = await link(decodeComponent(definitions), {
    interface: (name) => (name === "test:values/host" ? host : {}),
    handles: (_, of) => HANDLES[of] ?? "",
    aside: (call) => call(),
    instantiate: async (number, imports) =>
      new WebAssembly.Instance(new WebAssembly.Module(modules[number] as Uint8Array), imports).exports,
  });
  const functions = [...(exports.instances.get("test:values/guest")?.functions ?? [])];
  return Object.fromEntries(functions.map(([name, fn]) => [name, (...args) => callFunction(fn, ...args)]));
};

componentLinkerContract("ours", open, { encodings: ["utf8", "utf16", "latin1+utf16"] });
