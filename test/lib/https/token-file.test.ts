import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { tokenFile } from "#lib/https/token-file.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/token-file");

test("reads a token again when its file has changed, but not with every request", async () => {
  const directory = await mkdtemp(join(tmpdir(), "token-"));
  try {
    const path = join(directory, "token");
    const clock = new SimulatedClock();
    const token = tokenFile(path, clock);
    await writeFile(path, "one\n");
    assert.is(await token(), "one");
    await writeFile(path, "two");
    await utimes(path, 1_000, 1_000);
    assert.is(await token(), "one");
    await clock.advance(60_000);
    assert.is(await token(), "two");
  } finally {
    await rm(directory, { recursive: true });
  }
});
