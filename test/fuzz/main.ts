// `npm run fuzz -- [--runs N] [--transport https|nats|memory] [--seed S]`: mutated requests against a whole API server.
import { parseArgs } from "node:util";
import { findingText, fuzz, requestText } from "./fuzz.ts";
import { TRANSPORTS } from "./targets.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "10000" }, transport: { type: "string" }, seed: { type: "string", default: "1" } },
});
const chosen = TRANSPORTS.filter((name) => values.transport === undefined || name === values.transport);
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (chosen.length === 0 || !Number.isInteger(runs) || !Number.isInteger(seed)) {
  process.stderr.write(`usage: npm run fuzz -- [--runs N] [--transport ${TRANSPORTS.join("|")}] [--seed S]\n`);
  process.exit(2);
}
let isGood = true;
for (const transport of chosen) {
  // oxlint-disable-next-line no-await-in-loop -- one at a time
  const { findings, codes, slowest } = await fuzz({ transport, runs, seed });
  for (const finding of findings) process.stdout.write(`${findingText(finding)}\n`);
  const answers = [...codes].toSorted(([a], [b]) => a - b).map(([code, count]) => `${code}: ${count}`);
  process.stdout.write(`${transport}, seed ${seed}: ${runs} requests, ${findings.length} findings (${answers.join(", ")})\n`);
  if (slowest !== undefined) process.stdout.write(`slowest, ${Math.round(slowest.ms)} ms:\n${requestText(slowest.request)}\n`);
  isGood &&= findings.length === 0;
}
process.exit(isGood ? 0 : 1);
