// Shares the test files among processes. What each says is shown when it has ended, and what they count is summed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

type Part = { readonly code: number; readonly passed: number; readonly failed: number };

const runPart = async (args: readonly string[]): Promise<Part> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, "run.ts"), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [said, [code]] = (await Promise.all([text(child.stdout), once(child, "exit")])) as [string, [number | null]];
  const [counted = "", passed = "0", failed = "0"] = /^(\d+) passed, (\d+) failed\n$/m.exec(said) ?? [];
  process.stdout.write(said.replace(counted, ""));
  return { code: code ?? 1, passed: Number(passed), failed: Number(failed) };
};

/** Runs the tests in so many processes; the answer is the exit code. @param args of run.ts */
export const runParts = async (jobs: number, args: readonly string[]): Promise<number> => {
  const parts = await Promise.all(Array.from({ length: jobs }, (_, place) => runPart([...args, "--part", `${place + 1}/${jobs}`])));
  const sum = (field: keyof Part): number => parts.reduce((total, part) => total + part[field], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return parts.some(({ code }) => code !== 0) ? 1 : 0;
};
