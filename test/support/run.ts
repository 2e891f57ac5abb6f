// Runs the tests: `run.ts DIR [PATTERN]`; `--unit` leaves out what drives whole clusters; `--jobs N` shares the files among N
// processes. Fails when a test failed, when none ran, and when something is left open that would keep the process alive.
import { parseArgs } from "node:util";
import { parse } from "uvu/parse";
import { run } from "uvu/run";
import { runParts } from "./parts.ts";

const { values, positionals } = parseArgs({
  options: { unit: { type: "boolean", default: false }, jobs: { type: "string" }, part: { type: "string", default: "1/1" } },
  allowPositionals: true,
});
const [dir = "test", pattern = "\\.test\\.ts$"] = positionals;
const scope = values.unit ? ["--unit"] : [];
if (values.jobs !== undefined) process.exit(await runParts(Number(values.jobs), [dir, pattern, ...scope]));

const [part = 1, parts = 1] = values.part.split("/").map(Number);
const { suites } = await parse(dir, pattern);
const wanted = suites.filter(({ name }) => !values.unit || !/^(e2e|sim|bench)\//.test(name));
await run(wanted.filter((_, place) => place % parts === part - 1));
const { count } = await import("./suite.ts"); // after run(): uvu must see its own runner first
const openNow = (): readonly string[] =>
  process.getActiveResourcesInfo().filter((kind) => /^(Timeout|TCP|UDP|MessagePort|Worker|Process)/.test(kind));
const SETTLE_MS = 6_000; // idle keep-alive connections close by themselves after four seconds
for (const until = Date.now() + SETTLE_MS; openNow().length > 0 && Date.now() < until;)
  await new Promise((resolve) => setImmediate(resolve));
const open = openNow();
if (open.length > 0) console.error(`left open: ${open.join(", ")}`);
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exit(process.exitCode || open.length > 0 || count.passed === 0 ? 1 : 0);
