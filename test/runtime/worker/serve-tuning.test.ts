import * as assert from "uvu/assert";
import { servingOf } from "#runtime/worker/serve-tuning.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/worker/serve-tuning");
const of = (annotations: Readonly<Record<string, string>>, ports: readonly number[] = []) => servingOf({ ports, annotations });

test("serves on 8080, 64 requests at a time, each on an instance of its own", () => {
  assert.equal(of({ "something.else": "x" }), { ports: [8080], reuses: false, concurrency: 64 });
});
test("takes the container's ports and what the pod says", () => {
  assert.equal(of({ "orrery.dev/http-instances": "reuse", "orrery.dev/http-concurrency": "8" }, [80, 81]), {
    ports: [80, 81],
    reuses: true,
    concurrency: 8,
  });
});
test("refuses what it does not understand", () => {
  for (const text of ["0", "1025", "1.5", "many", ""])
    assert.throws(() => of({ "orrery.dev/http-concurrency": text }), `"${text}" is not a number`);
  assert.throws(() => of({ "orrery.dev/http-instances": "new" }), 'neither "fresh" nor "reuse"');
});
