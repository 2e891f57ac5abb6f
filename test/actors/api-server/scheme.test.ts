import * as assert from "uvu/assert";
import { kinds } from "#api/resources.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import type { Kind } from "#api/kind.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/scheme");
const widgets = { ...configMaps, group: "example.com", resource: "widgets", kind: "Widget" } as unknown as Kind;

test("kinds come and go with their owner, and whoever asked is told", () => {
  const scheme = new Scheme(kinds);
  let told = 0;
  scheme.onChange(() => told++);
  scheme.replace("widgets.example.com", [widgets]);
  assert.is(scheme.find(widgets), widgets);
  assert.is(scheme.ofType(widgets), widgets);
  assert.is(scheme.kinds.length, kinds.length + 1);
  scheme.replace("widgets.example.com", []);
  assert.is(scheme.find(widgets), undefined);
  assert.is(scheme.kinds.length, kinds.length);
  assert.is(told, 2);
});

test("a place that is taken stays with who has it", () => {
  const scheme = new Scheme(kinds);
  const other = { ...configMaps, shortNames: ["mine"] } as unknown as Kind;
  scheme.replace("thief", [other]);
  assert.is(scheme.find(configMaps), configMaps);
  assert.is(scheme.ofType(configMaps), configMaps);
});
