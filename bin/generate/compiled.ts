// Compiles the program ahead of its first start.
import { flushCompileCache } from "node:module";
import { useCompileCache } from "../compile-cache.ts";

/** Fills the cache with the modules of every role. */
export const fillCompileCache = async (): Promise<void> => {
  useCompileCache();
  await Promise.all([
    import("../command/program.ts"),
    import("../run/supervisor.ts"),
    import("../run/api-server.ts"),
    import("../run/controllers.ts"),
    import("../run/node.ts"),
  ]);
  flushCompileCache();
};
