// What runs in a worker thread: starts guests, and passes on what becomes of them. What it imports is loaded by every
// thread, so it imports little.
import { parentPort } from "node:worker_threads";
import type { Exit } from "#runtime/engine.ts";
import type { Account } from "./account.ts";
import { isServer } from "./component-kind.ts";
import { killed } from "./exit.ts";
import { LogFile } from "./log-file.ts";
import type { FromThread, GuestSpec, ToThread } from "./protocol.ts";
import { runModule, type Run } from "./run-module.ts";

const running = new Map<string, Account>();

const tell = (message: FromThread): void => parentPort?.postMessage(message);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const runProgram = async (guest: GuestSpec, run: Run): Promise<Exit> => {
  const { program } = guest;
  if (program.kind === "module") return runModule(program, guest, run);
  const { unpack } = await import("./unpack.ts");
  const ready = unpack(program);
  if (isServer(ready.component)) {
    const { serveComponent } = await import("./serve-component.ts");
    return serveComponent(ready, guest, run);
  }
  const { runComponent } = await import("./run-component.ts");
  return runComponent(ready, guest, run);
};

const runWith = async (guest: GuestSpec, log: LogFile, started: () => void): Promise<Exit> => {
  const { id } = guest;
  try {
    return await runProgram(guest, {
      log,
      started: (account) => {
        running.set(id, account);
        started();
        tell({ did: "start", id });
      },
    });
  } finally {
    running.delete(id);
    log.close();
  }
};

const start = async (guest: GuestSpec): Promise<void> => {
  const { id } = guest;
  let hasStarted = false;
  try {
    const exit = await runWith(guest, new LogFile(guest.logPath), () => (hasStarted = true));
    tell({ did: "exit", id, exit });
  } catch (error) {
    tell(hasStarted ? { did: "exit", id, exit: killed(messageOf(error)) } : { did: "fail", id, message: messageOf(error) });
  }
};

parentPort?.on("message", (message: ToThread) => {
  if (message.do === "start") void start(message.guest);
  else if (message.do === "stop") running.get(message.id)?.stop();
  else running.get(message.id)?.kill();
});
