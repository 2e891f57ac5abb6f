// Replays seeds: `main.ts --seed 7` one, with its log; `main.ts --from 1 --count 100` many, a line of JSON each.
import { parseArgs } from "node:util";
import { simulate } from "./simulate.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    from: { type: "string", default: "1" },
    count: { type: "string", default: "1" },
    quiet: { type: "boolean" },
  },
});

if (values.seed === undefined) {
  const from = Number(values.from);
  for (let seed = from; seed < from + Number(values.count); seed++) console.log(JSON.stringify(await simulate(seed)));
} else {
  const outcome = await simulate(Number(values.seed), { echo: values.quiet === true ? undefined : console.log });
  const { failure, digest, steps, virtualMs } = outcome;
  console.log(`seed ${values.seed}: ${failure ?? "every invariant held"} (${steps} steps, ${virtualMs / 1_000} virtual s, log ${digest})`);
  process.exitCode = failure === undefined ? 0 : 1;
}
