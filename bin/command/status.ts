// `orrery status`, `down`, `kubeconfig`: what is known of a cluster from its data directory, and stopping it.
import { readFileSync } from "node:fs";
import { setTimeout as sleepMs } from "node:timers/promises";
import { Option, type Command } from "commander";
import { readDefinition } from "#actors/cluster/definition.ts";
import type { Layout } from "#actors/cluster/layout.ts";
import { holderOf, isRunning, recordedProcesses, stopLeftovers, stopPid } from "#actors/cluster/lock.ts";
import { dataOption } from "./options.ts";
import { presentCluster } from "./present-cluster.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

type Row = {
  readonly name: string;
  readonly pid: number | null;
  readonly role: string;
  readonly address: string;
  readonly state: "running" | "stopped";
};

/** Throws: ClusterError when there is no cluster, or none that this version can read. */
const knownCluster = (data: string) => {
  const layout = presentCluster(data);
  return { layout, definition: readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster) };
};

const rowsOf = (layout: Layout): readonly Row[] => {
  const holder = holderOf(layout.lock);
  const supervisor: Row = {
    name: "orrery",
    pid: holder ?? null,
    role: "supervisor",
    address: "",
    state: holder === undefined ? "stopped" : "running",
  };
  const children = recordedProcesses(layout.processes).map(({ name, pid, role, address }): Row => ({
    name,
    pid,
    role,
    address,
    state: isRunning(pid) ? "running" : "stopped",
  }));
  return [supervisor, ...children];
};

const cellsOf = ({ name, pid, role, address, state }: Row): readonly string[] => [name, String(pid ?? "-"), role, address || "-", state];

const status = ({ data, output }: { readonly data: string; readonly output?: string }, terminal: Terminal): void => {
  const { layout, definition } = knownCluster(data);
  const rows = rowsOf(layout);
  if (output === "json")
    terminal.out(`${JSON.stringify({ data, id: definition.id, network: definition.network, processes: rows }, null, 2)}\n`);
  else terminal.out(table([["NAME", "PID", "ROLE", "ADDRESS", "STATE"], ...rows.map(cellsOf)]));
  if (rows[0]?.state !== "running") terminal.exitCode(1);
};

const down = async ({ data }: { readonly data: string }, terminal: Terminal): Promise<void> => {
  const { layout } = knownCluster(data);
  const wait = (ms: number): Promise<void> => sleepMs(ms);
  const pid = holderOf(layout.lock);
  if (pid === undefined) await stopLeftovers(layout.processes, data, wait);
  else {
    process.kill(pid, "SIGTERM");
    for (let waited = 0; waited < 20_000 && isRunning(pid); waited += 50) await wait(50);
    if (isRunning(pid)) await stopPid(pid, wait);
    await stopLeftovers(layout.processes, data, wait);
  }
  terminal.out(pid === undefined ? "the cluster was not running\n" : `stopped the cluster in ${data}\n`);
};

export const addStatusCommands = (program: Command, terminal: Terminal): void => {
  program
    .command("status")
    .description("show every process of the cluster; exit code 1 when it does not run")
    .addOption(dataOption())
    .addOption(new Option("-o, --output <format>", "json, or a table when left out").choices(["json"]))
    .action((options: Parameters<typeof status>[0]) => status(options, terminal));
  program
    .command("down")
    .description("stop the cluster; its objects stay in the data directory")
    .addOption(dataOption())
    .action((options: Parameters<typeof down>[0]) => down(options, terminal));
  program
    .command("kubeconfig")
    .description("print the administrator's kubeconfig")
    .addOption(dataOption())
    .action(({ data }: { readonly data: string }) => terminal.out(readFileSync(knownCluster(data).layout.kubeconfig, "utf8")));
};
