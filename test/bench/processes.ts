// What the processes of a running cluster take of the machine, from /proc (Linux).
import { readFileSync } from "node:fs";
import { recordedProcesses } from "#actors/cluster/lock.ts";
import type { BenchCluster } from "./cluster.ts";

/** One process: its memory in MB, and the CPU time it has taken in milliseconds. */
export type Taken = { readonly name: string; readonly rss: number; readonly pss: number; readonly cpuMs: number };

/** /proc counts CPU time in hundredths of a second on every Linux. */
const TICK_MS = 10;

const takenBy = (name: string, pid: number): Taken => {
  const memory = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const megabytes = (field: string): number => (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(memory)?.[1]) * 1024) / 1e6;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return { name, rss: megabytes("Rss"), pss: megabytes("Pss"), cpuMs: ((user ?? 0) + (system ?? 0)) * TICK_MS };
};

/** Every process of the cluster, the supervisor first. */
export const takenOf = ({ layout, pid }: BenchCluster): readonly Taken[] => [
  takenBy("supervisor", pid),
  ...recordedProcesses(layout.processes).map((process) => takenBy(process.name, process.pid)),
];

/** The sum of one of their figures. */
export const total = (of: readonly Taken[], field: "rss" | "pss" | "cpuMs"): number => of.reduce((sum, taken) => sum + taken[field], 0);
