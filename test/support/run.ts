// Runs the tests: `run.ts DIR [PATTERN]`, or `run.ts test --unit` for those that need nothing but Node. Fails when a test
// failed, when none ran, and when something is left open that would keep the process alive.
import { parse } from "uvu/parse";
import { run } from "uvu/run";

const args = process.argv.slice(2).filter((arg) => arg !== "--unit");
const [dir = "test", pattern = "\\.test\\.ts$"] = args;
const unit = process.argv.includes("--unit");
const { suites } = await parse(dir, pattern);
await run(suites.filter(({ name }) => !unit || !/^(e2e|sim|bench)\//.test(name)));
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
