import * as assert from "uvu/assert";
import { startErrand } from "#bin/run/errand.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("bin/errand", 15_000);

const nodeWith = (code: string) => ({ command: process.execPath, args: ["-e", code], env: {} });
const never = new AbortController().signal;
const messageOf = (promise: Promise<void>): Promise<string> =>
  promise.then(
    () => "",
    (error: unknown) => (error as Error).message,
  );

test("an errand says a word and is done", async () => {
  const { said, done } = startErrand(nodeWith(`process.send("halfway", () => process.exit(0))`), never);
  await said("halfway");
  await done;
});

test("an errand that fails says why, also to whoever waits for its word", async () => {
  const { said, done } = startErrand(nodeWith(`console.error("no room left"); process.exit(3)`), never);
  assert.equal(await Promise.all([messageOf(said("halfway")), messageOf(done)]), ["no room left", "no room left"]);
});

test("an errand that nobody wants any more is ended", async () => {
  const wanted = new AbortController();
  const { said, done } = startErrand(nodeWith(`process.send("begun"); setInterval(() => undefined, 1000)`), wanted.signal);
  await said("begun");
  wanted.abort();
  assert.is(await messageOf(done), "the errand was broken off");
});
