// Whether the watchers watch: with each part broken on purpose, a few seeds must end in the invariant that it breaks.
import * as assert from "uvu/assert";
import { suite } from "#test/support/suite.ts";
import * as mutations from "./mutations.ts";
import type { Sabotage } from "./sabotage.ts";
import { simulate } from "./simulate.ts";

const test = suite("sim/mutations", 300_000);

/** The most seeds that may pass before a fault is seen. */
const WITHIN = 20;

const firstViolations = async (sabotage: Sabotage, invariant: string): Promise<readonly string[]> => {
  const failures: string[] = [];
  for (let seed = 1; seed <= WITHIN; seed++) {
    const { failure = "nothing" } = await simulate(seed, { sabotage });
    failures.push(failure);
    if (failure.startsWith(`${invariant}:`)) break;
  }
  return failures;
};

const mustBreak = (what: string, sabotage: Sabotage, invariant: string): void =>
  test(`${invariant} is seen to break by ${what}`, async () => {
    const failures = await firstViolations(sabotage, invariant);
    assert.ok(failures.at(-1)?.startsWith(`${invariant}:`), failures.join("\n"));
  });

mustBreak("a store that drops a write", mutations.forgetfulStore, "S1");
mustBreak("a store that drops a delete", mutations.hoardingStore, "S1");
mustBreak("a watch that skips an event", mutations.patchyWatch, "S3");
mustBreak("an authorizer that lets everybody in", mutations.openDoor, "A1");
mustBreak("a store where the last writer wins", mutations.carelessStore, "A3");
mustBreak("a binding without a look at the node", mutations.bindingAgain, "C1");
mustBreak("a collector that goes by names", mutations.collectorByName, "C3");
mustBreak("a scheduler that forgets what it has bound", mutations.forgetfulScheduler, "C4");
mustBreak("a kubelet that does not wait for the stop", mutations.hastyKubelet, "N3");
