// The `orrery` command: turns on the cache of compiled code before it loads anything else.
import { useCompileCache } from "./compile-cache.ts";

useCompileCache();
const [{ runProgram }, { processTerminal }] = await Promise.all([import("./command/program.ts"), import("./command/terminal.ts")]);
await runProgram(process.argv.slice(2), processTerminal);
