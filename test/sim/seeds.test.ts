import * as assert from "uvu/assert";
import { suite } from "#test/support/suite.ts";
import { describe, runSeeds } from "./seeds.ts";
import { simulate } from "./simulate.ts";

const test = suite("sim/seeds", 1_200_000);

test("every invariant holds and the cluster converges in two hundred seeds", async () => {
  const outcomes = await runSeeds(1, 200);
  assert.is(outcomes.length, 200);
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  assert.is(failed.length, 0, `${failed.length} seeds failed\n${failed.slice(0, 3).map(describe).join("\n\n")}`);
});

test("the same seed gives the same log, byte for byte", async () => {
  const first = await simulate(7);
  const [again] = await runSeeds(7, 1);
  assert.is(first.digest, again?.digest);
});
