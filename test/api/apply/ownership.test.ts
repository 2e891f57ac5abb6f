import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { fieldSetOf, NO_FIELDS, pathsOf, pathText, toFieldsV1 } from "#api/apply/field-set.ts";
import { idOf, NO_MANAGERS, readManagers, writeManagers, type Author, type Managers } from "#api/apply/managers.ts";
import { apply, managersAfterUpdate, type Write } from "#api/apply/ownership.ts";
import { LEAF, modelShape, type Shape } from "#api/apply/shape.ts";
import { fieldsOf } from "#api/apply/walk.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { JsonObject } from "#api/meta/json.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("apply/ownership");

const by = (manager: string, operation: Author["operation"] = "Apply"): Author => ({
  manager,
  operation,
  apiVersion: "apps/v1",
  subresource: "",
});
const write = (author: Author, time = "2026-01-01T00:00:00Z", shape: Shape = modelShape("V1Deployment")): Write => ({
  author,
  time,
  ignored: NO_FIELDS,
  versions: (version) => (version === author.apiVersion ? { shape, convert: (object) => object } : undefined),
});

type State = { readonly object: JsonObject; readonly managers: Managers };
const NOTHING: State = { object: {}, managers: NO_MANAGERS };

type How = { readonly force?: boolean; readonly shape?: Shape };

const applied = (state: State, manager: string, config: JsonObject, { force = false, shape }: How = {}): State => {
  const done = apply(write(by(manager), undefined, shape), state.managers, { live: state.object, config, force });
  if ("conflicts" in done) throw new Error(done.conflicts.map(({ fields }) => [...pathsOf(fields)].map(pathText).join(" ")).join("; "));
  return done;
};
const updated = (state: State, manager: string, object: JsonObject, shape?: Shape): State => ({
  object,
  managers: managersAfterUpdate(write(by(manager, "Update"), undefined, shape), state.managers, { before: state.object, after: object }),
});
const fields = ({ managers }: State, author: Author): readonly string[] =>
  [...pathsOf(managers.get(idOf(author))?.fields ?? NO_FIELDS)].map(pathText);

const web = (image: string, more: JsonObject = {}): JsonObject => ({
  metadata: { name: "web", labels: { app: "web" } },
  spec: { ...more, template: { spec: { containers: [{ name: "web", image, ports: [{ containerPort: 80 }] }] } } },
});

test("a configuration's fields are its applier's, but for what the server keeps", () => {
  assert.equal(fields(applied(NOTHING, "me", web("a")), by("me")), [
    ".metadata.labels.app",
    '.spec.template.spec.containers[name="web"]',
    '.spec.template.spec.containers[name="web"].image',
    '.spec.template.spec.containers[name="web"].name',
    '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"]',
    '.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"].containerPort',
  ]);
});

test("what an applier leaves out is taken away, unless another manages it", () => {
  const first = applied(NOTHING, "me", web("a", { replicas: 3, paused: true }));
  const shared = applied(first, "other", { spec: { paused: true } });
  const second = applied(shared, "me", web("a"));
  assert.equal(second.object, web("a", { paused: true }));
  assert.equal(fields(second, by("other")), [".spec.paused"]);
});

test("a field that another manages with another value is a conflict, and force takes it", () => {
  const state = applied(NOTHING, "me", web("a", { replicas: 3 }));
  assert.throws(() => applied(state, "other", { spec: { replicas: 4 } }), ".spec.replicas");
  const forced = applied(state, "other", { spec: { replicas: 4 } }, { force: true });
  assert.is((forced.object["spec"] as JsonObject)["replicas"], 4);
  assert.not(fields(forced, by("me")).includes(".spec.replicas"));
  const agreed = applied(state, "other", { spec: { replicas: 3 } });
  assert.ok(fields(agreed, by("me")).includes(".spec.replicas"));
});

test("an update takes the fields that it changes and forgets those that it removes", () => {
  const state = applied(NOTHING, "me", web("a", { replicas: 3, paused: true }));
  const scaled = updated(state, "scaler", web("a", { replicas: 5 }));
  assert.equal(fields(scaled, by("scaler", "Update")), [".spec.replicas"]);
  assert.not(fields(scaled, by("me")).some((path) => path === ".spec.replicas" || path === ".spec.paused"));
  assert.throws(() => applied(scaled, "me", web("a", { replicas: 3 })), ".spec.replicas");
  assert.equal(applied(scaled, "me", web("a")).object, web("a", { replicas: 5 }));
});

test("an update that changes nothing changes no manager and no time", () => {
  const state = updated(NOTHING, "me", web("a"));
  const again = managersAfterUpdate(write(by("me", "Update"), "2027-01-01T00:00:00Z"), state.managers, {
    before: state.object,
    after: web("a"),
  });
  assert.equal(writeManagers(again), writeManagers(state.managers));
});

test("items that only the object has keep their place among those that are applied", () => {
  const shape: Shape = {
    is: "map",
    field: () => ({ is: "list", keys: [{ name: "n" }], item: { is: "map", field: () => undefined, item: LEAF } }),
    item: undefined,
  };
  const list = (names: string): JsonObject => ({ list: Array.from(names, (n) => ({ n })) });
  const order = (live: string, config: string): string =>
    ((applied({ object: list(live), managers: NO_MANAGERS }, "me", list(config), { shape }).object["list"] ?? []) as { n: string }[])
      .map(({ n }) => n)
      .join("");
  assert.is(order("abc", "ac"), "abc");
  assert.is(order("abc", "ca"), "bca");
  assert.is(order("ab", "xy"), "abxy");
  assert.is(order("abcd", "bxd"), "abcxd");
});

test("managed fields are read as they are written, and nonsense is not read", () => {
  const state = updated(applied(NOTHING, "me", web("a")), "other", web("b"));
  const entries = writeManagers(state.managers);
  assert.equal(
    entries.map(({ manager, operation }) => [manager, operation]),
    [
      ["me", "Apply"],
      ["other", "Update"],
    ],
  );
  assert.equal(writeManagers(readManagers(entries) ?? NO_MANAGERS), entries);
  assert.is(readManagers([{ manager: "x", operation: "Guess", fieldsType: "FieldsV1" }]), undefined);
  assert.is(readManagers([{ manager: "x", operation: "Apply", fieldsType: "FieldsV1", fieldsV1: { nonsense: {} } }]), undefined);
});

test("more than ten updaters are told together, the oldest first", () => {
  let state = NOTHING;
  const labels: { [key: string]: string } = {};
  for (let n = 0; n < 13; n++) {
    labels[`l${n}`] = "x";
    const time = `2026-01-01T00:00:${String(n).padStart(2, "0")}Z`;
    const object = { metadata: { labels: { ...labels } } };
    const managers = managersAfterUpdate(write(by(`m${n}`, "Update"), time), state.managers, { before: state.object, after: object });
    state = { object, managers };
  }
  const names = writeManagers(state.managers).map(({ manager }) => manager);
  assert.is(names.length, 10);
  assert.ok(names.includes("ancient-changes") && names.includes("m12") && !names.includes("m0"));
});

test("a manager that speaks a version that is served no more is forgotten", () => {
  const old: Author = { ...by("old"), apiVersion: "apps/v0" };
  const managers: Managers = new Map([[idOf(old), { ...old, time: undefined, fields: fieldSetOf([["f:spec", "f:replicas"]]) }]]);
  const state = applied({ object: {}, managers }, "me", web("a"));
  assert.equal(
    writeManagers(state.managers).map(({ manager }) => manager),
    ["me"],
  );
});

// Configurations of a small shape: fields, a map, a list with keys, a set, an atomic list.
const SMALL: Shape = {
  is: "map",
  item: undefined,
  field: (name) =>
    ({
      a: LEAF,
      map: { is: "map", field: () => undefined, item: LEAF } as const,
      list: {
        is: "list",
        keys: [{ name: "k" }],
        item: { is: "map", field: (field: string) => (field === "k" || field === "v" ? LEAF : undefined), item: undefined },
      } as const,
      set: { is: "set" } as const,
      whole: LEAF,
    })[name],
};
const key = fc.constantFrom("x", "y", "z");
const configs = fc.record(
  {
    a: fc.nat(2),
    map: fc.dictionary(key, fc.nat(2), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
    list: fc.uniqueArray(fc.record({ k: key, v: fc.nat(2) }, { requiredKeys: ["k"], noNullPrototype: true }), {
      selector: ({ k }) => k,
      minLength: 1,
      maxLength: 3,
    }),
    set: fc.uniqueArray(key, { minLength: 1, maxLength: 3 }),
    whole: fc.array(fc.nat(2), { maxLength: 2 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);
const steps = fc.array(fc.record({ who: fc.constantFrom("a", "b"), config: configs }), { minLength: 1, maxLength: 6 });

test("an object of which nothing is left is empty", () => {
  const state = applied(NOTHING, "me", { whole: [] }, { shape: SMALL });
  assert.equal(applied(state, "me", {}, { shape: SMALL }).object, {});
});

test("applying twice is applying once", () => {
  fc.assert(
    fc.property(steps, (all) => {
      let state = NOTHING;
      for (const { who, config } of all) {
        state = applied(state, who, config, { force: true, shape: SMALL });
        const again = applied(state, who, config, { force: true, shape: SMALL });
        assert.equal(again.object, state.object);
        assert.equal(writeManagers(again.managers), writeManagers(state.managers));
      }
    }),
    { numRuns: 200 },
  );
});

test("nobody loses a field without a forced apply, every field has an owner, and the object says what was applied", () => {
  fc.assert(
    fc.property(steps, (all) => {
      let state = NOTHING;
      for (const { who, config } of all) {
        const done = apply(write(by(who), undefined, SMALL), state.managers, { live: state.object, config, force: false });
        if ("conflicts" in done) continue;
        for (const [id, { fields: before }] of state.managers) {
          if (id !== idOf(by(who))) assert.equal(toFieldsV1(done.managers.get(id)?.fields ?? NO_FIELDS), toFieldsV1(before));
        }
        const owned = new Set([...done.managers.values()].flatMap((manager) => [...pathsOf(manager.fields)].map(pathText)));
        for (const path of pathsOf(fieldsOf(done.object, SMALL))) assert.ok(owned.has(pathText(path)), pathText(path));
        const merged = applied({ object: done.object, managers: NO_MANAGERS }, "check", config, { force: true, shape: SMALL }).object;
        assert.ok(deepEqual(merged, done.object));
        state = done;
      }
    }),
    { numRuns: 300 },
  );
});

test("the fields of a manager whom a change does not touch are written as they were read", () => {
  const entries = writeManagers(updated(updated(NOTHING, "a", web("x")), "b", { ...web("x"), status: { replicas: 1 } }).managers);
  const read = readManagers(entries) ?? NO_MANAGERS;
  const after = updated({ object: web("x"), managers: read }, "c", web("y")).managers;
  const fieldsV1Of = (name: string, of: typeof entries) => of.find(({ manager }) => manager === name)?.fieldsV1;
  assert.is(fieldsV1Of("b", writeManagers(after)), fieldsV1Of("b", entries));
  assert.is.not(fieldsV1Of("a", writeManagers(after)), fieldsV1Of("a", entries));
});
