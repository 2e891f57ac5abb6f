import { deepEqual } from "#api/meta/equal.ts";
import { jsonPatch, mergePatch } from "#api/meta/patch.ts";
import { ApiError } from "#api/meta/status.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("patch");

const failing = (run: () => unknown): ApiError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

test("a JSON patch applies its operations in order", () => {
  const patch = [
    { op: "test", path: "/metadata/name", value: "a" },
    { op: "add", path: "/metadata/labels", value: { x: "1" } },
    { op: "add", path: "/metadata/labels/example.com~1y", value: "2" },
    { op: "add", path: "/list/-", value: 3 },
    { op: "add", path: "/list/0", value: 0 },
    { op: "remove", path: "/gone" },
    { op: "replace", path: "/kept", value: true },
    { op: "copy", from: "/list", path: "/copy" },
    { op: "move", from: "/kept", path: "/moved" },
  ];
  assert.equal(jsonPatch({ metadata: { name: "a" }, list: [1], gone: 1, kept: false }, patch), {
    metadata: { name: "a", labels: { x: "1", "example.com/y": "2" } },
    list: [0, 1, 3],
    copy: [0, 1, 3],
    moved: true,
  });
});

test("a JSON patch changes neither the document nor itself", () => {
  const document = { a: { b: [1] } };
  const patch = [
    { op: "add", path: "/c", value: { d: [] as number[] } },
    { op: "add", path: "/c/d/-", value: 1 },
    { op: "add", path: "/a/b/-", value: 2 },
  ];
  assert.equal(jsonPatch(document, patch), { a: { b: [1, 2] }, c: { d: [1] } });
  assert.equal(document, { a: { b: [1] } });
  assert.equal(patch[0], { op: "add", path: "/c", value: { d: [] } });
});

test("an operation that does not apply is a 422", () => {
  const document = { a: 1, list: [1] };
  const patches = [
    { op: "test", path: "/a", value: 2 },
    { op: "remove", path: "/b" },
    { op: "replace", path: "/b", value: 1 },
    { op: "add", path: "/b/c", value: 1 },
    { op: "add", path: "/list/7", value: 1 },
    { op: "add", path: "/list/x", value: 1 },
    { op: "copy", from: "/b", path: "/c" },
    { op: "frobnicate", path: "/a" },
    { op: "_get", path: "/a" },
    { op: "add", path: "a", value: 1 },
    { op: "add", path: "/a" },
    { op: "add", path: "/__proto__/x", value: 1 },
    { op: "replace", path: "", value: 3 },
  ];
  for (const operation of patches) {
    const error = failing(() => jsonPatch(document, [operation]));
    assert.is(error.code, 422, JSON.stringify(operation));
    assert.is(error.reason, "Invalid");
    assert.is(error.message, "the server rejected our request due to an error in our request");
  }
});

test("what is no JSON patch is a 400", () => {
  assert.is(
    failing(() => jsonPatch({}, { op: "add" })).message,
    "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
  );
  assert.is(
    failing(() => jsonPatch({}, [null])).message,
    "error decoding patch: json: cannot unmarshal null into Go value of type handlers.jsonPatchOp",
  );
  assert.is(failing(() => jsonPatch({}, ["x"])).code, 400);
});

test("a patch of too many operations, or one that copies without end, is refused", () => {
  const many = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a", value: 1 }));
  assert.is(failing(() => jsonPatch({ a: 1 }, many)).code, 413);
  const doubling = Array.from({ length: 40 }, (_, at) => ({ op: "copy", from: "/a", path: `/a/k${at}` }));
  assert.is(failing(() => jsonPatch({ a: { x: "x".repeat(1000) } }, doubling)).code, 422);
});

const rfc: readonly (readonly [object, object, object])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

test("a merge patch does what RFC 7386 shows", () => {
  for (const [document, patch, result] of rfc) assert.equal(mergePatch(document as never, patch), result);
  for (const patch of [["c"], null, "bar", 1]) assert.is(failing(() => mergePatch({ a: 1 }, patch)).code, 400);
});

const isMap = (value: unknown): value is { [key: string]: unknown } => typeof value === "object" && value !== null && !Array.isArray(value);

const difference = (from: unknown, to: unknown): unknown => {
  if (!isMap(from) || !isMap(to)) return to;
  const entries = [...new Set([...Object.keys(from), ...Object.keys(to)])].map((key) => [
    key,
    Object.hasOwn(to, key) ? difference(Object.hasOwn(from, key) ? from[key] : undefined, to[key]) : null,
  ]);
  return Object.fromEntries(entries as [string, unknown][]);
};

test("a merge patch of a document without nulls makes any document from any other", () => {
  const document = fc.dictionary(
    fc.constantFrom("a", "b", "__proto__"),
    fc.oneof(fc.integer(), fc.array(fc.integer()), fc.dictionary(fc.constantFrom("c", "d"), fc.integer())),
  );
  fc.assert(
    fc.property(document, document, (from, to) => {
      const before = structuredClone(from);
      assert.ok(deepEqual(mergePatch(from, difference(from, to)), to));
      assert.ok(deepEqual(from, before));
    }),
  );
});

test("a merge patch is idempotent", () => {
  const json = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 2 }));
  fc.assert(
    fc.property(json, json, (document, patch) => {
      const once = mergePatch(document, patch);
      return deepEqual(mergePatch(once, patch), once);
    }),
  );
});
