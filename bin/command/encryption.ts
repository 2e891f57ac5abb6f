// `orrery encryption`: the keys with which Secrets lie in the store.
import { setTimeout as sleepMs } from "node:timers/promises";
import type { Command } from "commander";
import { ClusterError } from "#actors/cluster/definition.ts";
import { isRunning, recordedProcesses, stopPid } from "#actors/cluster/lock.ts";
import { systemClock } from "#lib/clock.ts";
import { systemRandom } from "#lib/random.ts";
import { addKey } from "../run/new-key.ts";
import { dataOption } from "./options.ts";
import { presentCluster } from "./present-cluster.ts";
import type { Terminal } from "./terminal.ts";

const rotate = async (data: string, terminal: Terminal): Promise<void> => {
  const layout = presentCluster(data);
  try {
    terminal.out(`${layout.encryption}: the key ${addKey(layout, { clock: systemClock, random: systemRandom })} encrypts from now on\n`);
  } catch (error) {
    throw new ClusterError(`${layout.encryption}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const server = recordedProcesses(layout.processes).find(({ name, pid }) => name === "api-server" && isRunning(pid));
  if (server === undefined) return terminal.out("the next start of the cluster encrypts everything with it\n");
  await stopPid(server.pid, sleepMs); // the supervisor starts it anew, and it reads its keys
  terminal.out("the API server starts anew and encrypts everything with it\n");
};

export const addEncryptionCommand = (program: Command, terminal: Terminal): void => {
  program
    .command("encryption")
    .description("the keys with which Secrets lie in the store")
    .command("rotate")
    .description("make a new key, and encrypt everything with it; old keys stay, to read what is left under them")
    .addOption(dataOption())
    .action(({ data }: { readonly data: string }) => rotate(data, terminal));
};
