// Builds the example guests from their sources: `node build.ts [OUT]`. Without OUT, each module lies beside its source.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

const here = import.meta.dirname;
const out = process.argv[2] ?? here;

// Small rather than fast; a failed assertion traps without a message.
const FLAGS = ["-O3s", "--converge", "--noAssert", "--runtime", "incremental", "--use", "abort="];

const compile = (guest: string): void => {
  const module = join(out, guest, `${guest}.wasm`);
  mkdirSync(dirname(module), { recursive: true });
  const compiler = join(here, "node_modules/assemblyscript/bin/asc.js");
  execFileSync(process.execPath, [compiler, join(guest, `${guest}.ts`), "-o", module, ...FLAGS], { cwd: here, stdio: "inherit" });
};

for (const guest of ["hello", "toolbox"]) compile(guest);
