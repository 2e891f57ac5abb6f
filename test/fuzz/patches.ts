// Bodies of patches in their four forms, few of them kind.
import type { Dice } from "./dice.ts";

/** The media types of patches. */
export const PATCHES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
] as const;

const POINTERS = [
  "",
  "/",
  "/metadata",
  "/metadata/labels",
  "/metadata/labels/a",
  "/metadata/managedFields",
  "/metadata/managedFields/0/fieldsV1",
  "/metadata/name",
  "/metadata/finalizers/-",
  "/spec",
  "/spec/x/0",
  "/spec/template/spec/containers/0",
  "/spec/template/spec/containers/-1",
  "/spec/template/spec/containers/99999999999999999999",
  "/~2",
  "/__proto__/a",
  "/constructor/prototype/a",
  "/metadata/annotations/__proto__",
  "/status",
  "x",
];
const VALUES: readonly unknown[] = [null, "x", {}, [], 1, { a: { b: {} } }, [{ name: "a" }], "x".repeat(1_000)];

const jsonPatch = (dice: Dice): unknown =>
  Array.from({ length: dice.below(4) }, () => ({
    op: dice.pick(["add", "add", "remove", "replace", "test", "move", "copy", "x"]),
    path: dice.pick(POINTERS),
    from: dice.pick(POINTERS),
    value: dice.pick(VALUES),
  }));

const containers = (list: unknown): unknown => ({ spec: { containers: list, template: { spec: { containers: list } } } });

/** Directives of strategic merge patches, and fields that only the server writes. */
const DIRECTIVES: readonly unknown[] = [
  { $patch: "delete" },
  { $patch: "replace", metadata: {} },
  { $patch: "x" },
  { $patch: {} },
  { $retainKeys: 1 },
  { metadata: { $retainKeys: ["a"] } },
  { spec: { $setElementOrder: 1, "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "a", $patch: "delete" }] } },
  { spec: { "$setElementOrder/containers": [null, 1, "a", {}, { name: {} }] } },
  { metadata: { "$deleteFromPrimitiveList/finalizers": ["x"] } },
  { metadata: { "$deleteFromPrimitiveList/labels": { a: "b" } } },
  containers([{ name: "a", image: "b" }]),
  containers([{ $patch: "replace" }, { name: "a" }]),
  containers([{ name: "a" }, { name: "a" }]),
  containers([{ name: null }, {}, null, 1, "a", []]),
  containers([{ name: "a", ports: [{ containerPort: 1 }, { containerPort: 1, protocol: "TCP" }], "$setElementOrder/ports": [{}] }]),
  containers({}),
  { metadata: { managedFields: [{}] } },
  { metadata: { managedFields: [{ manager: "m", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: "x" }] } },
  {
    metadata: {
      managedFields: ["f:__proto__", "k:{", 'k:{"name":1}', "v:", 'v:"a"', "i:-1", "i:99999999999", "x:", "."].map((path) => ({
        manager: path,
        operation: "Update",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:spec": { [path]: { [path]: {} } } },
      })),
    },
  },
  { metadata: { ownerReferences: [{ uid: "x" }, { uid: "x", controller: true }], finalizers: [null, "a", "a/b"] } },
  { metadata: { deletionTimestamp: "2020-01-01T00:00:00Z", generation: -1, uid: "x", resourceVersion: "x", creationTimestamp: {} } },
  { status: { conditions: [{ type: "A" }, { type: "A", status: "True" }], loadBalancer: { ingress: [{}] } } },
];

/** A patch of this media type. */
export const patchOf = (dice: Dice, type: string): unknown => (type === PATCHES[0] ? jsonPatch(dice) : dice.pick(DIRECTIVES));
