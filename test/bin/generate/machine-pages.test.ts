import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { machinePages } from "#bin/generate/machine-pages.ts";
import { MACHINES } from "#bin/machines.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("bin/generate/machine-pages");
const root = new URL("../../../", import.meta.url);
const dir = new URL("docs/machines/", root);

for (const { file, text } of machinePages())
  test(`docs/machines/${file} is as its machine is; node bin/draw.ts draws it anew`, () => {
    assert.ok(existsSync(new URL(file, dir)));
    assert.fixture(readFileSync(new URL(file, dir), "utf8"), text);
  });

test("no page is of a machine that is gone", () => {
  assert.equal(
    readdirSync(dir).toSorted(),
    machinePages()
      .map(({ file }) => file)
      .toSorted(),
  );
});

test("every machine has its page", () => {
  const files = globSync(["lib/*-machine.ts", "{actors,addons}/**/machine.ts"], { cwd: root });
  assert.equal(MACHINES.map(({ file }) => file as string).toSorted(), files.toSorted());
});
