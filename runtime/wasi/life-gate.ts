// The two functions that end a guest whatever it does: by its own exit, and at the end of a turn when it was killed.
import { END_CODE, gate } from "./gate.ts";
import type { Life } from "./life.ts";

/** `turn` is what a metered guest calls when its fuel is spent, `exit` takes its exit code; neither may be caught. */
export type LifeGate = { readonly turn: WebAssembly.ExportedFunction; readonly exit: WebAssembly.ExportedFunction };

/** The gate of one stack. */
export const lifeGate = (life: Life): LifeGate => {
  const { "orrery:turn": turn, proc_exit: exit } = gate({
    "orrery:turn": new WebAssembly.Suspending(async () => ((await life.yield()) ? 0 : END_CODE)),
    proc_exit: (code: number) => {
      life.exit(code);
      return END_CODE;
    },
  });
  return { turn, exit };
};
