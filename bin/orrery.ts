// The `orrery` command: turns on the cache of compiled code before it loads anything else.
import { useCompileCache } from "./compile-cache.ts";

useCompileCache();
await import("./command/program.ts").then(({ runProgram }) => runProgram());
