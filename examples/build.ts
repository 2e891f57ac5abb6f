// Builds the example guests from their sources: `node build.ts [OUT]`. Without OUT, each module lies beside its source.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import binaryen from "binaryen";
import { componentEmbed, componentNew } from "@bytecodealliance/jco-transpile/wasm-tools";

const here = import.meta.dirname;
const out = process.argv[2] ?? here;
const GUESTS = ["hello", "toolbox", "web", "client"];

// Small rather than fast; a failed assertion traps without a message.
const FLAGS = ["-O3s", "--converge", "--noAssert", "--runtime", "incremental", "--use", "abort="];

const moduleOf = (guest: string): string => join(out, guest, `${guest}.wasm`);

const compile = (guest: string): void => {
  mkdirSync(dirname(moduleOf(guest)), { recursive: true });
  const compiler = join(here, "node_modules/assemblyscript/bin/asc.js");
  execFileSync(process.execPath, [compiler, join(guest, `${guest}.ts`), "-o", moduleOf(guest), ...FLAGS], { cwd: here, stdio: "inherit" });
};

// AssemblyScript cannot name an export as components want it.
const renameExport = (bytes: Uint8Array, from: string, to: string): Uint8Array => {
  const module = binaryen.readBinary(bytes);
  const { value } = binaryen.getExportInfo(module.getExport(from));
  module.removeExport(from);
  module.addFunctionExport(value, to);
  return module.emitBinary();
};

// Makes a component of a core module by the WIT beside its source.
const componentize = async (guest: string, world: string, exports: Readonly<Record<string, string>>): Promise<void> => {
  const bytes: Uint8Array = readFileSync(moduleOf(guest));
  const binary = Object.entries(exports).reduce((module, [from, to]) => renameExport(module, from, to), bytes);
  const witSource = [`${guest}/${guest}.wit`, "wasi/wasi.wit"].map((path) => readFileSync(join(here, path), "utf8")).join("\n");
  writeFileSync(moduleOf(guest), await componentNew(await componentEmbed({ binary, witSource, world })));
};

for (const guest of GUESTS) compile(guest);
await componentize("web", "web", { handle: "wasi:http/incoming-handler@0.2.0#handle" });
await componentize("client", "client", { run: "wasi:cli/run@0.2.0#run" });
