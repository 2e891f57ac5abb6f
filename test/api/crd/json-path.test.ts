import * as assert from "uvu/assert";
import { parseJsonPath, valueAt, withValueAt } from "#api/crd/json-path.ts";
import type { JsonObject } from "#api/meta/json.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("crd/json-path");

test("JSON paths lead where upstream's do", () => {
  const value: JsonObject = {
    spec: { replicas: 2, "a.b": 1 },
    status: {
      conditions: [
        { type: "Ready", status: "True" },
        { type: "Synced", status: "False" },
      ],
    },
  };
  const at = (path: string): unknown => parseJsonPath(path)?.(value);
  assert.equal(at(".spec.replicas"), [2]);
  assert.equal(at(".spec['a.b']"), [1]);
  assert.equal(at(String.raw`.spec.a\.b`), [1]);
  assert.equal(at('.status.conditions[?(@.type=="Synced")].status'), ["False"]);
  assert.equal(at(".status.conditions[0].type"), ["Ready"]);
  assert.equal(at(".status.conditions[*].type"), ["Ready", "Synced"]);
  assert.equal(at(".status.nothing"), []);
  assert.is(parseJsonPath("spec.replicas"), undefined);
  assert.is(parseJsonPath(".spec[?(nonsense)]"), undefined);
  assert.equal(withValueAt(value, ["spec", "replicas"], 3)["spec"], { replicas: 3, "a.b": 1 });
  assert.is(valueAt(value, ["spec", "none", "deeper"]), undefined);
});
