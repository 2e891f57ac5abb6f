import { groupVersions, kindByGvk, kindOf, kinds } from "#api/resources.ts";
import { allModels } from "#api/schema/models.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("resources");

test("a kind is found by its resource and by its kind", () => {
  for (const kind of kinds) {
    assert.is(kindOf(kind.group, kind.version, kind.resource), kind);
    assert.is(kindByGvk(kind.group, kind.version, kind.kind), kind);
  }
  assert.is(kindOf("", "v1", "gizmos"), undefined);
  assert.is(kindByGvk("apps", "v1", "Pod"), undefined);
});

test("no two kinds share a place, a kind or a short name", () => {
  const places = kinds.map(({ group, version, resource }) => `${group}/${version}/${resource}`);
  assert.is(new Set(places).size, places.length);
  const kindNames = kinds.map(({ group, version, kind }) => `${group}/${version}/${kind}`);
  assert.is(new Set(kindNames).size, kindNames.length);
  const words = kinds.filter(({ storedAs }) => storedAs === undefined).flatMap(({ shortNames }) => shortNames);
  assert.is(new Set(words).size, words.length);
});

test("every group and version is named once, the core first", () => {
  const texts = groupVersions.map(({ group, version }) => `${group}/${version}`);
  assert.is(texts[0], "/v1");
  assert.is(new Set(texts).size, texts.length);
  for (const { group, version } of kinds) assert.ok(texts.includes(`${group}/${version}`));
});

test("every kind has a model, and so has every body of a subresource", () => {
  for (const kind of kinds) {
    assert.ok(allModels().has(kind.model), kind.model);
    for (const { model } of Object.values(kind.subresources)) if (model !== undefined) assert.ok(allModels().has(model), model);
  }
});

test("what is not stored is only asked or only read, and has no status", () => {
  for (const { kind, verbs, status, columns } of kinds.filter(({ bucket }) => bucket === "none")) {
    assert.not(status, kind);
    if (columns === undefined) assert.equal(verbs, ["create"], kind);
    else assert.equal(verbs, ["get", "list"], kind);
  }
});

test("every column has a name, a type and a description", () => {
  for (const kind of kinds) {
    for (const { name, type, description } of kind.columns ?? []) {
      assert.ok(name !== "" && type !== undefined, kind.kind);
      assert.ok(description !== "", `${kind.kind} ${name}`);
    }
    if (kind.columns !== undefined) assert.is(kind.columns.filter(({ format }) => format === "name").length, 1, kind.kind);
  }
});
