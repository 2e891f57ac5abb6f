import * as assert from "uvu/assert";
import { kinds } from "#api/resources.ts";
import { openapiV2 } from "#api/schema/openapi.ts";
import { openapiProtobuf } from "#api/schema/openapi-protobuf.ts";
import { bytesIn, fieldsIn, textIn } from "#api/schema/protobuf-wire.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("schema/openapi-protobuf");

type Path = readonly number[];

/** The bytes of every field at a path of field numbers. */
const all = (bytes: Uint8Array, [number, ...rest]: Path): readonly Uint8Array[] => {
  const found = [...fieldsIn(bytes)].filter((field) => field.number === number).map(bytesIn);
  return rest.length === 0 ? found : found.flatMap((inner) => all(inner, rest));
};
const texts = (bytes: Uint8Array, path: Path): readonly string[] => all(bytes, path).map((found) => new TextDecoder().decode(found));

/** The message under a name in a map: pairs of a name (1) and a value (2). */
const under = (bytes: Uint8Array, path: Path, name: string): Uint8Array => {
  const pair = all(bytes, path).find((found) => [...fieldsIn(found)].slice(0, 1).map(textIn).includes(name));
  return all(pair ?? assert.unreachable(`no ${name}`) ?? new Uint8Array(), [2])[0] ?? new Uint8Array();
};

const small = {
  swagger: "2.0",
  info: { title: "T", version: "v1" },
  paths: {
    "/things": {
      get: {
        operationId: "list",
        "x-kubernetes-action": "list",
        parameters: [
          { name: "body", in: "body", required: true, schema: { $ref: "#/definitions/Thing" } },
          { name: "watch", in: "query", type: "boolean" },
        ],
        responses: { 200: { description: "OK", schema: { $ref: "#/definitions/Thing" } } },
      },
      parameters: [{ name: "namespace", in: "path", type: "string", required: true }],
    },
  },
  definitions: {
    Thing: {
      type: "object",
      required: ["name"],
      properties: { sizes: { type: "array", items: { type: "integer", maximum: 1.5, minLength: 300 } } },
      additionalProperties: false,
      oneOf: [{ type: "string" }],
      "x-kubernetes-group-version-kind": [{ group: "", version: "v1", kind: "Thing" }],
    },
  },
  security: [{ BearerToken: [] }],
  securityDefinitions: { BearerToken: { type: "apiKey", name: "authorization", in: "header" } },
};
const written = openapiProtobuf(small);

test("writes the document's head", () => {
  assert.equal(texts(written, [1]), ["2.0"]);
  assert.equal(texts(written, [2, 1]), ["T"]);
  assert.equal(texts(written, [12, 1, 1]), ["BearerToken"]);
  assert.equal(texts(under(written, [13, 1], "BearerToken"), [2, 2]), ["authorization"]);
});

test("writes operations with their parameters by place, and their answers", () => {
  const path = under(written, [8, 2], "/things");
  assert.equal(texts(path, [2, 5]), ["list"]);
  assert.equal(texts(path, [2, 8, 1, 1, 2]), ["body"]);
  assert.equal(texts(path, [2, 8, 1, 2, 3, 4]), ["watch"]);
  assert.equal(texts(path, [9, 1, 2, 4, 4]), ["namespace"]);
  assert.equal(texts(under(path, [2, 9, 1], "200"), [1, 2, 1, 1]), ["#/definitions/Thing"]);
  assert.equal(texts(under(path, [2, 13], "x-kubernetes-action"), [2]), ['"list"']);
});

test("writes schemas: types, items, numbers, extensions; what has no field is left out", () => {
  const thing = under(written, [9, 1], "Thing");
  assert.equal(texts(thing, [22, 1]), ["object"]);
  assert.equal(texts(thing, [19]), ["name"]);
  const items = all(under(thing, [25, 1], "sizes"), [23, 1])[0] ?? new Uint8Array();
  assert.equal(texts(items, [22, 1]), ["integer"]);
  const numbers = [...fieldsIn(items)];
  assert.is(Buffer.from(all(items, [7])[0] ?? []).readDoubleLE(), 1.5);
  assert.is(numbers.find(({ number }) => number === 12)?.value, 300n);
  assert.is([...fieldsIn(all(thing, [21])[0] ?? new Uint8Array())][0]?.value, 0n);
  const extension = under(thing, [31], "x-kubernetes-group-version-kind");
  assert.equal(JSON.parse(texts(extension, [2])[0] ?? ""), [{ group: "", version: "v1", kind: "Thing" }]);
  assert.equal(
    [...fieldsIn(thing)].map(({ number }) => number),
    [22, 19, 25, 21, 31],
  );
});

test("the whole document keeps every definition, path and operation", () => {
  const document = openapiV2(kinds, { docs: {}, info: { title: "Kubernetes", version: "v1.36.0" } });
  const whole = openapiProtobuf(document);
  assert.equal(texts(whole, [9, 1, 1]), Object.keys(document["definitions"] as object));
  const paths = document["paths"] as { readonly [path: string]: { readonly [method: string]: { readonly operationId?: string } } };
  assert.equal(texts(whole, [8, 2, 1]), Object.keys(paths));
  const ids = Object.values(paths).flatMap((path) => Object.values(path).flatMap(({ operationId }) => operationId ?? []));
  const numbers = [2, 3, 4, 5, 8];
  assert.equal(numbers.flatMap((number) => texts(whole, [8, 2, 2, number, 5])).toSorted(), ids.toSorted());
});
