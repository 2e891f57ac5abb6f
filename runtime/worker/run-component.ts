// Runs one component of the world wasi:cli/command: instantiates it over its host, calls `wasi:cli/run`, says how it ended.
import type { Exit } from "#runtime/engine.ts";
import type { ComponentFunction } from "#runtime/wasi/component/functions.ts";
import type { Result } from "#runtime/wasi/preview2/result.ts";
import { Account } from "./account.ts";
import { ComponentHost } from "./component-host.ts";
import { ComponentInstance } from "./component-instance.ts";
import { exitOf, trapText } from "./exit.ts";
import type { GuestSpec, PreparedComponent } from "./protocol.ts";
import type { Run } from "./run-module.ts";
import { Turns } from "./turns.ts";

type Outcome = { readonly code: number } | { readonly error: Error };

// A run that answers an error is a command that failed; it has said why.
const call = async ({ body }: ComponentFunction): Promise<Outcome> => {
  try {
    const run = (body as { readonly suspends: () => Promise<unknown> }).suspends;
    const { tag } = (await run()) as Result<undefined, undefined>;
    return { code: tag === "ok" ? 0 : 1 };
  } catch (error) {
    return { error: error as Error };
  }
};

/** Runs the guest to its end. Rejects: when it cannot be started. */
export const runComponent = async (program: PreparedComponent, spec: GuestSpec, { log, started }: Run): Promise<Exit> => {
  const host = await ComponentHost.open(program.component, spec, log);
  let instance: ComponentInstance | undefined;
  const account = new Account({ ...spec, memoryBytes: () => instance?.memoryBytes ?? 0 });
  const turns = new Turns(account);
  try {
    turns.begin();
    let hasStarted = false;
    const starts = (): void => {
      if (!hasStarted) started(account);
      hasStarted = true;
    };
    instance = await ComponentInstance.open(program, { turns, interfaces: host.interfaces(turns), starts });
    const run = instance.find("wasi:cli/run", "run");
    if (run === undefined) throw new Error("the component exports no wasi:cli/run: it is not a command");
    starts();
    const outcome = await call(run);
    turns.end();
    const trap = "error" in outcome && account.code === undefined && account.asked === "nothing" ? outcome.error : undefined;
    if (trap !== undefined) log.write("stderr", new TextEncoder().encode(trapText(trap)));
    const code = account.code ?? ("code" in outcome ? outcome.code : undefined);
    return exitOf({ code, trap, asked: account.asked, wasRefusedMemory: instance.wasRefusedMemory });
  } finally {
    instance?.close();
    host.close();
  }
};
