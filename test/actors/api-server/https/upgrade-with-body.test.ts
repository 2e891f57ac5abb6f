import * as assert from "uvu/assert";
import { suite } from "#test/support/suite.ts";
import { ask, withServer } from "./test-server.ts";

const test = suite("https/upgrade-with-body");

for (const length of [5, 100_000])
  test(`a request that has a body of ${length} bytes is answered as if it asked for no other protocol`, () =>
    withServer(async ({ port, handler }) => {
      const headers = { connection: "Upgrade", upgrade: "SPDY/3.1", "content-type": "application/json" };
      for (let times = 0; times < 2; times++) {
        const { code } = await ask(port, "/api/v1/namespaces/a/pods", { method: "POST", body: "x".repeat(length), headers });
        assert.is(code, 200);
      }
      assert.equal(
        handler.seen.map(({ request }) => request.body?.length),
        [length, length],
      );
    }));
