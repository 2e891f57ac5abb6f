// Each `<case>.in.yaml` becomes `<case>.out.yaml` when its defaults are filled in. UPDATE_GOLDEN=1 writes the outputs anew,
// to be read before they are committed.
import type { Kind } from "#api/kind.ts";
import { kindByGvk } from "#api/resources.ts";
import { defaulted, type Loose } from "#test/support/kinds.ts";
import { suite } from "#test/support/suite.ts";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parse, stringify } from "yaml";

const test = suite("defaults");
const DIR = join(import.meta.dirname, "..", "golden", "defaults");
const isUpdating = process.env["UPDATE_GOLDEN"] === "1";

const kindFor = ({ apiVersion, kind }: Loose): Kind => {
  const [version = "", group = ""] = String(apiVersion).split("/").toReversed();
  const found = kindByGvk(group, version, String(kind));
  if (found === undefined) throw new Error(`no kind ${String(apiVersion)} ${String(kind)}`);
  return found;
};

for (const file of readdirSync(DIR).filter((name) => name.endsWith(".in.yaml"))) {
  const name = file.replace(".in.yaml", "");
  test(`${name} is completed as upstream completes it`, () => {
    const given = parse(readFileSync(join(DIR, file), "utf8")) as Loose;
    const out = join(DIR, `${name}.out.yaml`);
    const completed = defaulted(kindFor(given), given);
    if (isUpdating) writeFileSync(out, stringify(completed));
    assert.equal(completed, parse(readFileSync(out, "utf8")));
  });
}
