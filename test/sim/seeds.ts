// Many seeds, on every core: each core has a process of its own that plays its share out.
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./simulate.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));

const runShare = async (from: number, count: number): Promise<readonly Outcome[]> => {
  const child = spawn(process.execPath, [MAIN, "--from", String(from), "--count", String(count)], { stdio: ["ignore", "pipe", "inherit"] });
  const outcomes: Outcome[] = [];
  for await (const line of createInterface({ input: child.stdout })) outcomes.push(JSON.parse(line) as Outcome);
  if (outcomes.length < count) throw new Error(`the process for seeds from ${from} ended after ${outcomes.length} of ${count}`);
  return outcomes;
};

/** The outcomes of `count` seeds beginning with `from`, in their order. */
export const runSeeds = async (from: number, count: number): Promise<readonly Outcome[]> => {
  const workers = Math.min(availableParallelism(), count);
  const share = Math.ceil(count / workers);
  const starts = Array.from({ length: workers }, (_, worker) => from + worker * share);
  const outcomes = await Promise.all(starts.map((start) => runShare(start, Math.min(share, from + count - start))));
  return outcomes.flat();
};

/** What a failed seed says of itself. */
export const describe = ({ seed, failure, tail }: Outcome): string =>
  [`seed ${seed}: ${failure}`, `replay: npm run sim -- --seed ${seed}`, ...tail.slice(-60)].join("\n");
