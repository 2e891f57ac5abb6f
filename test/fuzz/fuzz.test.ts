import * as assert from "uvu/assert";
import { suite } from "#test/support/suite.ts";
import { findingText, fuzz } from "./fuzz.ts";

const test = suite("fuzz", 120_000);

for (const transport of ["https", "memory"] as const) {
  test(`no request over ${transport} is answered by an internal error, or not at all`, async () => {
    const { findings, codes } = await fuzz({ transport, runs: 1_000, seed: 1 });
    assert.is(findings.map(findingText).join("\n"), "");
    for (const code of [200, 201, 400, 404, 405, 422]) assert.ok(codes.has(code), `the requests are too tame: none was answered ${code}`);
  });
}
