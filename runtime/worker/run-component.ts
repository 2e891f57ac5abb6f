// Runs one component of the world wasi:cli/command: instantiates it over its host, calls `wasi:cli/run`, says how it ended.
import type { Exit } from "#runtime/engine.ts";
import { callFunction, type ComponentFunction } from "#runtime/wasi/component/functions.ts";
import type { Result } from "#runtime/wasi/preview2/result.ts";
import { Account } from "./account.ts";
import { ComponentHost } from "./component-host.ts";
import { ComponentInstance } from "./component-instance.ts";
import { exitOf, trapText } from "./exit.ts";
import type { LogFile } from "./log-file.ts";
import type { GuestSpec } from "./protocol.ts";
import type { Run } from "./run-module.ts";
import { Turns } from "./turns.ts";
import type { ReadyComponent } from "./unpack.ts";

type Outcome = { readonly code: number } | { readonly error: Error };

// A run that answers an error is a command that failed; it has said why.
const outcomeOf = async (run: () => Promise<unknown>): Promise<Outcome> => {
  try {
    const { tag } = (await run()) as Result<undefined, undefined>;
    return { code: tag === "ok" ? 0 : 1 };
  } catch (error) {
    return { error: error as Error };
  }
};

const commandOf = (instance: ComponentInstance): ComponentFunction => {
  const run = instance.find("wasi:cli/run", "run");
  if (run === undefined) throw new Error("the component exports no wasi:cli/run: it is not a command");
  return run;
};

const exitFrom = (outcome: Outcome, account: Account, log: LogFile, wasRefusedMemory: boolean): Exit => {
  const trap = "error" in outcome && account.code === undefined && account.asked === "nothing" ? outcome.error : undefined;
  if (trap !== undefined) log.write("stderr", new TextEncoder().encode(trapText(trap)));
  const code = account.code ?? ("code" in outcome ? outcome.code : undefined);
  return exitOf({ code, trap, asked: account.asked, wasRefusedMemory });
};

/** Runs the guest to its end. Rejects: when it cannot be started. */
export const runComponent = async (program: ReadyComponent, spec: GuestSpec, { log, started }: Run): Promise<Exit> => {
  const host = await ComponentHost.open(program.component, spec, log);
  const made: { instance?: ComponentInstance } = {};
  const account = new Account({ ...spec, memoryBytes: () => made.instance?.memoryBytes ?? 0 });
  const turns = new Turns(account);
  let hasStarted = false;
  const starts = (): void => {
    if (!hasStarted) started(account);
    hasStarted = true;
  };
  try {
    turns.begin();
    const outcome = await outcomeOf(async () => {
      made.instance = await ComponentInstance.open(program, { turns, interfaces: host.interfaces(turns), starts });
      const run = commandOf(made.instance);
      starts();
      return callFunction(run);
    });
    turns.end();
    if ("error" in outcome && !hasStarted) throw outcome.error;
    return exitFrom(outcome, account, log, made.instance?.wasRefusedMemory ?? false);
  } finally {
    made.instance?.close();
    host.close();
  }
};
