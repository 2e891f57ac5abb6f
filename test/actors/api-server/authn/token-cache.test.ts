import * as assert from "uvu/assert";
import { cachedTokens } from "#actors/api-server/authn/token-cache.ts";
import type { User } from "#lib/api.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authn/token-cache");
const user: User = { name: "a", groups: [] };
const setUp = (options = {}) => {
  const clock = new SimulatedClock();
  const asked: string[] = [];
  const reader = cachedTokens(
    {
      read: async (token) => {
        asked.push(token);
        if (token === "broken") throw new Error("broken");
        return token === "bad" ? undefined : user;
      },
    },
    clock,
    options,
  );
  return { clock, asked, reader };
};

test("asks once for a good token, until it is due again", async () => {
  const { clock, asked, reader } = setUp();
  assert.equal(await Promise.all([reader.read("a"), reader.read("a")]), [user, user]);
  await clock.advance(9_999);
  await reader.read("a");
  assert.is(asked.length, 1);
  await clock.advance(1);
  await reader.read("a");
  assert.is(asked.length, 2);
});

test("remembers neither bad tokens nor failures", async () => {
  const { asked, reader } = setUp();
  for (const token of ["bad", "bad", "broken", "broken"]) await reader.read(token).catch(() => undefined);
  assert.is(asked.length, 4);
});

test("is bounded, and forgets the oldest", async () => {
  const { asked, reader } = setUp({ most: 2 });
  for (const token of ["a", "b", "c", "c", "a"]) await reader.read(token);
  assert.equal(asked, ["a", "b", "c", "a"]);
});
