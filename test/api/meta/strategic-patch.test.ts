import { deepEqual } from "#api/meta/equal.ts";
import { strategicMergePatch } from "#api/meta/patch.ts";
import { orderItems } from "#api/meta/patch-order.ts";
import { ApiError } from "#api/meta/status.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("strategic-patch");

const pod = (spec: object) => ({ apiVersion: "v1", kind: "Pod", spec });
const patched = (spec: object, patch: object): unknown => strategicMergePatch(pod(spec), { spec: patch }, "V1Pod")["spec"];
const failing = (run: () => unknown): ApiError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

test("a list of objects merges by its key: found items are merged, others are put first in the patch's order", () => {
  const containers = [{ name: "nginx", image: "nginx:1", ports: [{ containerPort: 80 }] }];
  assert.equal(patched({ containers }, { containers: [{ name: "log", image: "log:1" }] }), {
    containers: [{ name: "log", image: "log:1" }, containers[0]],
  });
  assert.equal(patched({ containers }, { containers: [{ name: "nginx", image: "nginx:2", ports: [{ containerPort: 81 }] }] }), {
    containers: [{ name: "nginx", image: "nginx:2", ports: [{ containerPort: 81 }, { containerPort: 80 }] }],
  });
});

test("null removes a field, and is never stored", () => {
  assert.equal(patched({ nodeName: "a", hostname: "h" }, { nodeName: null, subdomain: null }), { hostname: "h" });
  assert.equal(patched({}, { securityContext: { runAsUser: null, sysctls: [{ name: "a", value: null }] } }), {
    securityContext: { sysctls: [{ name: "a" }] },
  });
  assert.equal(patched({ containers: [{ name: "a", image: "i", tty: true }] }, { containers: [{ name: "a", tty: null }] }), {
    containers: [{ name: "a", image: "i" }],
  });
});

test("maps merge key by key, and atomic lists are replaced", () => {
  assert.equal(patched({ nodeSelector: { a: "1", b: "2" } }, { nodeSelector: { b: null, c: "3" } }), { nodeSelector: { a: "1", c: "3" } });
  assert.equal(patched({ tolerations: [{ key: "a" }] }, { tolerations: [{ key: "b" }] }), { tolerations: [{ key: "b" }] });
  assert.equal(patched({ containers: [{ name: "a", args: ["x", "y"] }] }, { containers: [{ name: "a", args: ["z"] }] }), {
    containers: [{ name: "a", args: ["z"] }],
  });
});

test("$patch: delete takes an item out, $patch: replace takes the others out", () => {
  const containers = [{ name: "a" }, { name: "b" }, { name: "c" }];
  assert.equal(patched({ containers }, { containers: [{ name: "b", $patch: "delete" }] }), { containers: [{ name: "a" }, { name: "c" }] });
  assert.equal(patched({ containers }, { containers: [{ name: "d" }, { $patch: "replace" }] }), { containers: [{ name: "d" }] });
  assert.equal(patched({ containers }, { containers: [{ $patch: "replace" }] }), { containers: [] });
  assert.equal(patched({}, { containers: [{ name: "a", $patch: "delete" }, { name: "b" }] }), { containers: [{ name: "b" }] });
});

test("$patch in a map replaces or empties it", () => {
  const spec = { securityContext: { runAsUser: 1, fsGroup: 2 } };
  assert.equal(patched(spec, { securityContext: { $patch: "replace", runAsGroup: 3, fsGroup: null } }), {
    securityContext: { runAsGroup: 3 },
  });
  assert.equal(patched(spec, { securityContext: { $patch: "delete" } }), { securityContext: {} });
  assert.equal(patched({}, { securityContext: { $patch: "replace", runAsGroup: 3 } }), { securityContext: { runAsGroup: 3 } });
  assert.equal(patched({}, { securityContext: { $patch: "delete", runAsGroup: 3 } }), { securityContext: {} });
});

test("$retainKeys drops what it does not name", () => {
  const deployment = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
  const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
  assert.equal(strategicMergePatch(deployment, patch, "V1Deployment"), { spec: { strategy: { type: "Recreate" } } });
  const volumes = [{ name: "v", emptyDir: { medium: "Memory" } }];
  assert.equal(patched({ volumes }, { volumes: [{ name: "v", $retainKeys: ["name", "secret"], secret: { secretName: "s" } }] }), {
    volumes: [{ name: "v", secret: { secretName: "s" } }],
  });
  assert.equal(patched({}, { volumes: [{ name: "v", $retainKeys: ["name"] }] }), { volumes: [{ name: "v" }] });
  const error = failing(() => patched({ os: { name: "linux" } }, { os: { $retainKeys: [], name: "x" } }));
  assert.is(error.code, 400);
  assert.is(error.message, "invalid patch format of retainKeys");
  assert.is(failing(() => patched({ os: {} }, { os: { $retainKeys: "name" } })).message, "invalid patch format of retainKeys");
});

const meta = (metadata: object, patch: object) => strategicMergePatch({ metadata }, { metadata: patch }, "V1Pod")["metadata"];

test("lists of plain values merge as sets and shrink by $deleteFromPrimitiveList", () => {
  assert.equal(meta({ finalizers: ["a", "b"] }, { finalizers: ["c", "a"] }), { finalizers: ["c", "a", "b"] });
  assert.equal(meta({ finalizers: ["a", "b", "c"] }, { "$deleteFromPrimitiveList/finalizers": ["b"] }), { finalizers: ["a", "c"] });
  assert.equal(meta({ name: "x" }, { "$deleteFromPrimitiveList/finalizers": ["b"] }), { name: "x" });
  assert.equal(
    meta(
      { finalizers: ["a", "b"] },
      { "$deleteFromPrimitiveList/finalizers": ["a"], "$setElementOrder/finalizers": ["c", "b"], finalizers: ["c"] },
    ),
    { finalizers: ["c", "b"] },
  );
  assert.is(failing(() => meta({}, { "$deleteFromPrimitiveList/finalizers": "a" })).message, "invalid patch format of primitive list");
});

test("$setElementOrder orders merged lists, and leaves what it does not name relative to the others", () => {
  const containers = [{ name: "1" }, { name: "2" }, { name: "3" }];
  assert.equal(patched({ containers }, { "$setElementOrder/containers": [{ name: "3" }, { name: "1" }, { name: "2" }] }), {
    containers: [{ name: "3" }, { name: "1" }, { name: "2" }],
  });
  const order = [{ name: "3" }, { name: "4" }, { name: "1" }];
  assert.equal(patched({ containers }, { "$setElementOrder/containers": order, containers: [{ name: "4", image: "i" }] }), {
    containers: [{ name: "2" }, { name: "3" }, { name: "4", image: "i" }, { name: "1" }],
  });
  assert.equal(patched({}, { "$setElementOrder/containers": order, containers: [{ name: "1" }, { name: "5", $patch: "delete" }] }), {
    containers: [{ name: "1" }],
  });
  assert.equal(
    patched(
      { containers },
      { "$setElementOrder/containers": [{ name: "1" }, { name: "3" }], containers: [{ name: "2", $patch: "delete" }] },
    ),
    {
      containers: [{ name: "1" }, { name: "3" }],
    },
  );
  assert.equal(patched({}, { "$setElementOrder/containers": [] }), {});
  const error = failing(() =>
    patched({ containers }, { "$setElementOrder/containers": order, containers: [{ name: "1" }, { name: "3" }] }),
  );
  assert.match(error.message, "doesn't match $setElementOrder list");
  assert.is(failing(() => patched({}, { "$setElementOrder/containers": {} })).message, "invalid patch format of setElementOrder list");
});

test("a field whose strategy is replace is replaced as a whole", () => {
  const budget = { spec: { selector: { matchLabels: { a: "1" } } } };
  assert.equal(strategicMergePatch(budget, { spec: { selector: { matchLabels: { b: "2" } } } }, "V1PodDisruptionBudget"), {
    spec: { selector: { matchLabels: { b: "2" } } },
  });
});

test("values of another kind, and fields no model knows, take the patch's value", () => {
  assert.equal(patched({ os: { name: "x" } }, { os: "y" }), { os: "y" });
  assert.equal(patched({ unknown: { a: 1, list: [1] } }, { unknown: { b: 2, list: [2] } }), { unknown: { a: 1, b: 2, list: [2] } });
  assert.equal(strategicMergePatch({ data: { a: "1" } }, { data: { constructor: "2" } }, "V1ConfigMap"), {
    data: { a: "1", constructor: "2" },
  });
});

test("a patch that does not fit is a 422 that says why", () => {
  const error = failing(() => patched({ containers: [{ name: "a" }] }, { containers: [{ image: "x" }] }));
  assert.is(error.code, 422);
  assert.match(error.message, "map: map[image:x] does not contain declared merge key: name");
  assert.match(
    failing(() => patched({ containers: [{ name: "a" }] }, { containers: ["a"] })).message,
    "list element types are not identical",
  );
  assert.match(
    failing(() => patched({ containers: [{ name: "a" }] }, { containers: [{ $patch: "merge" }] })).message,
    "merging lists cannot yet be specified",
  );
  assert.match(
    failing(() => patched({ containers: [{ name: "a" }] }, { containers: [{ $patch: "x" }] })).message,
    "unknown patch type: x in map: map[$patch:x]",
  );
  assert.match(failing(() => patched({ os: {} }, { os: { $patch: "merge" } })).message, "unknown patch type: merge");
  assert.match(failing(() => meta({ finalizers: ["a"] }, { finalizers: [["a"]] })).message, "list element types");
  assert.match(failing(() => meta({ finalizers: [["a"]] }, { finalizers: [["a"]] })).message, "lists of lists are not supported");
  assert.match(failing(() => meta({ finalizers: [{ a: 1 }] }, { finalizers: [{ a: 1 }] })).message, "cannot merge lists without merge key");
  const notObject = failing(() => strategicMergePatch({}, [], "V1Pod"));
  assert.is(notObject.code, 400);
  assert.is(notObject.message, "json: cannot unmarshal array into Go value of type map[string]interface {}");
});

const container = fc.record({ name: fc.constantFrom("a", "b", "c"), image: fc.constantFrom("1", "2") }, { requiredKeys: ["name"] });
const containers = fc.uniqueArray(container, { selector: ({ name }) => name, maxLength: 3 });

test("neither document nor patch is changed, and patching twice is patching once", () => {
  const directives = fc.record(
    { containers, nodeSelector: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("1", null)) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(containers, directives, (list, patch) => {
      const [spec, copy, patchCopy] = [{ containers: list }, structuredClone(list), structuredClone(patch)];
      const once = patched(spec, patch);
      assert.ok(deepEqual(patched(once as object, patch), once));
      assert.ok(deepEqual(list, copy) && deepEqual(patch, patchCopy));
    }),
  );
});

const keeps = (order: readonly number[], of: readonly number[]) => {
  const places = of.filter((item) => order.includes(item)).map((item) => order.indexOf(item));
  assert.equal(
    places,
    places.toSorted((a, b) => a - b),
  );
};

test("ordering keeps every item once, and both orders", () => {
  const numbers = fc.uniqueArray(fc.nat(9));
  fc.assert(
    fc.property(numbers, numbers, numbers, (items, wanted, before) => {
      const result = orderItems(items, { wanted, before, key: (item) => item }) as number[];
      assert.equal(new Set(result), new Set(items));
      assert.is(result.length, items.length);
      keeps(wanted, result);
      keeps(
        before,
        result.filter((item) => !wanted.includes(item)),
      );
    }),
  );
});
