// One cluster runs in a data directory at a time. The lock names the supervisor's process; a lock whose process is gone
// (kill -9, power cut) is taken over, and what that supervisor left running is stopped first.
import { mkdirSync, readFileSync, readdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClusterError } from "./definition.ts";
import type { ProcessRecord } from "./process/io.ts";

/** A process as the kernel knows it: a pid alone may since have been given to another. */
type Holder = { readonly pid: number; readonly born: string };

/** When the kernel started a process, in ticks since boot; undefined when it does not run. Empty where there is no /proc. */
const bornOf = (pid: number): string | undefined => {
  try {
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : (fields[19] ?? "");
  } catch {
    return "";
  }
};

const read = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
};

/** The supervisor's pid when a cluster runs in this data directory. */
export const holderOf = (lock: string): number | undefined => {
  const holder = read(lock) as Holder | undefined;
  return holder !== undefined && bornOf(holder.pid) === holder.born ? holder.pid : undefined;
};

/** True when a process of this pid runs. */
export const isRunning = (pid: number): boolean => bornOf(pid) !== undefined;

/** A lock that is held, and the outermost directory that was made for it. */
export type Lock = { readonly path: string; readonly made: string | undefined };

const refuse = (path: string, pid: number): never => {
  throw new ClusterError(
    `${dirname(path)}: in use by another cluster (process ${pid}); stop it with 'orrery down', or give another directory with --data`,
  );
};

// Of two that begin at once only one makes the file.
const makeFile = (path: string, text: string): boolean => {
  try {
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch {
    return false;
  }
};

/** Takes the lock for this process. Throws: ClusterError when a living process holds it. */
export const takeLock = (path: string): Lock => {
  const made = mkdirSync(dirname(path), { recursive: true });
  const own = JSON.stringify({ pid: process.pid, born: bornOf(process.pid) ?? "" } satisfies Holder);
  if (makeFile(path, own)) return { path, made };
  const pid = holderOf(path);
  if (pid !== undefined && pid !== process.pid) refuse(path, pid);
  writeFileSync(path, own);
  return { path, made };
};

/** Releases a lock. Directories that were made for it go too while they are empty. */
export const releaseLock = ({ path, made }: Lock): void => {
  rmSync(path, { force: true });
  if (made === undefined) return;
  for (let dir = dirname(path); dir.startsWith(made) && readdirSync(dir).length === 0; dir = dirname(dir)) rmdirSync(dir);
};

/** The processes recorded as running, whether they still do or not. */
export const recordedProcesses = (dir: string): readonly ProcessRecord[] => {
  try {
    return readdirSync(dir)
      .filter((file) => file.endsWith(".json"))
      .toSorted()
      .map((file) => read(join(dir, file)) as ProcessRecord | undefined)
      .filter((record) => record !== undefined);
  } catch {
    return [];
  }
};

const cmdlineOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
};

/** Stops what a dead supervisor left running in `data`, and forgets its records. Only processes that name this data directory are touched. */
export const stopLeftovers = async (processes: string, data: string, sleepMs: (ms: number) => Promise<void>): Promise<void> => {
  for (const record of recordedProcesses(processes)) {
    if (cmdlineOf(record.pid).includes(data)) {
      // one after the other, as they were started
      await stopPid(record.pid, sleepMs);
    }
    rmSync(join(processes, `${record.name}.json`), { force: true });
  }
};

/** Ends a process: SIGTERM, and SIGKILL after five seconds. */
export const stopPid = async (pid: number, sleepMs: (ms: number) => Promise<void>): Promise<void> => {
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch {
      // it is gone, which is what was wanted
    }
  };
  signal("SIGTERM");
  for (let waited = 0; waited < 5_000 && bornOf(pid) !== undefined; waited += 50) {
    // polling is all that can be done with a process that is not a child
    await sleepMs(50);
  }
  if (bornOf(pid) !== undefined) signal("SIGKILL");
};
