import { anyType, fieldMapType, isAtomicModel, isMicroTime, isQuantity, listFact, listType } from "#api/schema/facts.ts";
import { allModels } from "#api/schema/models.ts";
import { suite } from "#test/support/suite.ts";
import { upstreamDefinitions, upstreamSkip } from "#test/support/upstream.ts";
import * as assert from "uvu/assert";

const test = suite("facts");

test("a fact speaks of a field that exists", () => {
  assert.equal(listFact("V1Container", "ports"), {
    list: "map",
    keys: ["containerPort", "protocol"],
    patch: "merge",
    mergeKey: "containerPort",
  });
  assert.equal(listFact("V1ObjectMeta", "finalizers"), { list: "set", patch: "merge" });
  assert.is(listFact("V1Container", "args"), undefined);
  assert.is(listFact("V1Container", "constructor"), undefined);
  assert.is(listFact("constructor", "name"), undefined);
  assert.ok(isQuantity("V1ResourceRequirements", "limits"));
  assert.not(isQuantity("V1ResourceRequirements", "claims"));
  assert.ok(isMicroTime("V1LeaseSpec", "renewTime"));
  assert.ok(isAtomicModel("V1LabelSelector"));
  assert.is(fieldMapType("V1ServiceSpec", "selector"), "atomic");
});

const refOf = (schema: Record<string, unknown> | undefined): string | undefined => {
  if (schema === undefined) return undefined;
  if (typeof schema["$ref"] === "string") return schema["$ref"];
  return refOf((schema["items"] ?? schema["additionalProperties"]) as Record<string, unknown> | undefined);
};

const ours = (model: string, field: string) => {
  const { keys, patch, mergeKey } = listFact(model, field) ?? {};
  return {
    list: allModels().get(model)?.properties[field]?.type === "array" ? listType(model, field) : undefined,
    keys,
    patch,
    mergeKey,
    map: fieldMapType(model, field),
    quantity: isQuantity(model, field),
    micro: isMicroTime(model, field),
    any: anyType(model, field),
  };
};

/** What became `any JSON` in the generated schemas. */
const ANY = /\.(RawExtension|FieldsV1|JSON|JSONSchemaPropsOr\w+|CustomResourceSubresourceStatus)$/;

/** Bytes have a list type too, which means nothing. */
const theirs = (property: { readonly [key: string]: unknown }) => ({
  list: property["type"] === "array" ? property["x-kubernetes-list-type"] : undefined,
  keys: property["x-kubernetes-list-map-keys"],
  patch: property["x-kubernetes-patch-strategy"],
  mergeKey: property["x-kubernetes-patch-merge-key"],
  map: property["x-kubernetes-map-type"],
  quantity: refOf(property)?.endsWith(".Quantity") ?? false,
  micro: refOf(property)?.endsWith(".MicroTime") ?? false,
  any: ANY.exec(refOf(property) ?? "")?.[1],
});

test("the table says what the upstream document says of every field", () => {
  const upstream = upstreamDefinitions();
  if (upstream === undefined) {
    console.log(upstreamSkip);
    return;
  }
  let fields = 0;
  for (const [model, { schema }] of upstream) {
    assert.is(isAtomicModel(model), schema["x-kubernetes-map-type"] === "atomic", model);
    for (const [field, property] of Object.entries(schema.properties ?? {})) {
      assert.equal(ours(model, field), theirs(property), `${model}.${field}`);
      fields++;
    }
  }
  assert.ok(fields > 2000, `${fields} fields compared`);
});
