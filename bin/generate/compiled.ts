// Compiles the program ahead of its first start.
import { flushCompileCache } from "node:module";
import { createAuthority } from "#lib/pki/authority.ts";
import { systemClock } from "#lib/clock.ts";
import { systemRandom } from "#lib/random.ts";
import { useCompileCache } from "../compile-cache.ts";

/** Fills the cache with the modules of every role, of its threads, and what is loaded on first use. */
export const fillCompileCache = async (): Promise<void> => {
  useCompileCache();
  await Promise.all([
    import("../command/program.ts"),
    import("../run/supervisor.ts"),
    import("../run/first-objects.ts"),
    import("../run/pki.ts"),
    import("../run/api-server.ts"),
    import("../run/controllers.ts"),
    import("../run/node.ts"),
    import("#runtime/worker/forge-thread.ts"),
    import("#runtime/worker/thread.ts"),
    createAuthority("unused", { clock: systemClock, random: systemRandom }), // loads the X.509 library
  ]);
  flushCompileCache();
};
