import * as assert from "uvu/assert";
import { createProgress } from "#actors/cluster/progress.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("cluster/progress");

test("gives each step a line, with the time since the one before", () => {
  let now = 100;
  const lines: string[] = [];
  const progress = createProgress(
    () => now,
    (text) => lines.push(text),
  );
  now += 84.4;
  progress("nats-server", "2.9.10 on 127.0.0.1:4222");
  now += 1_000;
  progress("ready");
  assert.equal(lines, [
    `  ✓ nats-server        2.9.10 on 127.0.0.1:4222${" ".repeat(28)}     84 ms\n`,
    `  ✓ ready              ${" ".repeat(52)}   1000 ms\n`,
  ]);
});
