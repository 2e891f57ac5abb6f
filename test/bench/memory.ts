// Memory of an idle cluster (3 nodes, the hello example), from /proc. RSS counts the pages that processes share, foremost
// the Node binary's, once for each process; PSS counts each page once, so its sum is what the cluster takes of the machine.
import { readFileSync } from "node:fs";
import { recordedProcesses } from "#actors/cluster/lock.ts";
import { sleep, systemClock } from "#lib/clock.ts";
import { withCluster, type BenchCluster } from "./cluster.ts";
import type { Figures } from "./figures.ts";

/** Long enough for what the start left behind to be collected. */
const SETTLE_MS = 30_000;
const MARK = { atMost: 250 };

type Memory = { readonly name: string; readonly rss: number; readonly pss: number };

const megabytes = (text: string, field: string): number =>
  (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]) * 1024) / 1e6;

const memoryOf = (name: string, pid: number): Memory => {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  return { name, rss: megabytes(text, "Rss"), pss: megabytes(text, "Pss") };
};

const processesOf = ({ layout, pid }: BenchCluster): readonly Memory[] => [
  memoryOf("supervisor", pid),
  ...recordedProcesses(layout.processes).map((process) => memoryOf(process.name, process.pid)),
];

const total = (of: readonly Memory[], field: "rss" | "pss"): number => of.reduce((sum, memory) => sum + memory[field], 0);

/** Measures each process of an idle cluster. */
export const run = (): Promise<Figures> =>
  withCluster(async (cluster) => {
    await sleep(systemClock, SETTLE_MS);
    const all = processesOf(cluster);
    const nodes = all.filter(({ name }) => name.startsWith("node-"));
    const plane = all.filter(({ name }) => !name.startsWith("node-"));
    return [
      { what: "control plane and nats-server, RSS", value: total(plane, "rss"), unit: "MB", mark: MARK },
      { what: "control plane and nats-server, PSS", value: total(plane, "pss"), unit: "MB", mark: MARK },
      { what: "3 nodes, RSS", value: total(nodes, "rss"), unit: "MB" },
      { what: "3 nodes, PSS", value: total(nodes, "pss"), unit: "MB" },
      ...all.flatMap(({ name, rss, pss }) => [
        { what: `${name}, RSS`, value: rss, unit: "MB" },
        { what: `${name}, PSS`, value: pss, unit: "MB" },
      ]),
    ];
  });
