// `orrery up`: makes or reads the cluster's definition, starts it, says what it made, and stops it at Ctrl-C.
import { spawn } from "node:child_process";
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { Option, type Command } from "commander";
import { layoutOf } from "#actors/cluster/layout.ts";
import { dataOption, wholeNumber, type UpOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Takes a log away, and the directories that were made for it, the uppermost being `made`; those that hold anything else stay. */
const withdraw = (log: string, made: string): void => {
  rmSync(log);
  try {
    for (let dir = dirname(log); dir.startsWith(made); dir = dirname(dir)) rmdirSync(dir);
  } catch {
    // somebody else needs it
  }
};

/** Starts the same command in the background and waits until it is ready. A refusal is told here, and leaves nothing behind. */
const detach = async ({ data }: UpOptions, terminal: Terminal): Promise<void> => {
  const layout = layoutOf(data);
  const path = layout.logOf("orrery");
  const made = mkdirSync(layout.logs, { recursive: true });
  const log = openSync(path, "a");
  const before = fstatSync(log).size;
  const args = process.argv.slice(1).filter((arg) => arg !== "--detach" && arg !== "-d");
  const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", "pipe", log, "ipc"] });
  child.stdout?.pipe(process.stdout);
  closeSync(log);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  child.once("message", () => resolve(true));
  child.once("exit", () => resolve(false));
  if (!(await promise)) {
    terminal.err(readFileSync(path).subarray(before).toString());
    if (made !== undefined && !existsSync(layout.cluster)) withdraw(path, made);
    return terminal.exitCode(1);
  }
  child.stdout?.destroy();
  child.disconnect();
  child.unref();
};

export const addUpCommand = (program: Command, terminal: Terminal): void => {
  program
    .command("up")
    .description("start a cluster on this machine, with the hello example on it")
    .addOption(dataOption())
    .option("--nodes <count>", "nodes, the control plane's included (default: 3, or as many as the cluster has)", wholeNumber(1, 100))
    .option("--port <port>", "port of the API server on 127.0.0.1 (default: 6443)", wholeNumber(1, 65_535))
    .option("--nats-port <port>", "port of nats-server on 127.0.0.1 (default: 4222)", wholeNumber(1, 65_535))
    .addOption(
      new Option(
        "--network <mode>",
        "route: addresses of 10.0.0.0/8, as root on Linux; loopback: of 127.0.0.0/8 (default: route where it can be)",
      ).choices(["route", "loopback"]),
    )
    .option("--audit-policy <file>", "write an audit log to logs/audit.log by this policy, from now on")
    .option("--admission-config <file>", "configure admission plugins by this AdmissionConfiguration: PodSecurity")
    .option(
      "--encryption-config <file>",
      "encrypt objects in the store by this EncryptionConfiguration (default: Secrets, by a key of the cluster's own)",
    )
    .option("-d, --detach", "go on in the background")
    .action(async (options: UpOptions) =>
      options.detach === true ? detach(options, terminal) : (await import("../run/supervisor.ts")).runSupervisor(options),
    );
};
