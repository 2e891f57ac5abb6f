import type { JsonObject } from "#api/meta/json.ts";
import { ApiError } from "#api/meta/status.ts";
import { DecodeError, decodeModel } from "#api/schema/compile.ts";
import { modelCodec } from "#api/schema/codec.ts";
import { decode, decodeUnwrapped } from "#api/schema/decode.ts";
import { allModels, modelParts, modelSchema, referredModel } from "#api/schema/models.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("decode");

const stored = (model: string, value: JsonObject): unknown => decode(modelCodec(model), value, { fieldValidation: "Strict" }).object;

const pod: JsonObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", labels: { app: "web" }, creationTimestamp: "2026-05-01T10:00:00Z", generation: 3 },
  spec: {
    hostNetwork: false,
    containers: [
      {
        name: "web",
        args: ["a", ""],
        ports: [{ containerPort: 80 }],
        livenessProbe: { httpGet: { port: "http" }, periodSeconds: 1 },
        resources: { limits: { cpu: "500m", memory: "128Mi" } },
      },
    ],
  },
};

test("an object that needs no change comes back as it is", () => {
  assert.is(stored("V1Pod", pod), pod);
});

test("only what changes is copied, and nothing given is written to", () => {
  const given = {
    metadata: { name: "a" },
    spec: { containers: [{ name: "a", resources: { requests: { cpu: 1, memory: "1024Mi", "example.com/x": "0.5" } } }] },
  };
  const before = structuredClone(given);
  const object = stored("V1Pod", given) as typeof given;
  const requests: unknown = object.spec.containers[0]?.resources.requests;
  assert.equal(requests, { cpu: "1", memory: "1Gi", "example.com/x": "500m" });
  assert.is(object.metadata, given.metadata);
  assert.equal(given, before);
});

test("null is an absent field, and the zero value in a list or map", () => {
  assert.equal(stored("V1Pod", { metadata: { name: "a", creationTimestamp: null, labels: null, finalizers: null }, spec: null }), {
    metadata: { name: "a" },
  });
  assert.equal(stored("V1ConfigMap", { data: { a: null, b: "" } }), { data: { a: "", b: "" } });
  assert.equal(stored("V1Pod", { spec: { containers: [null], hostAliases: [{ hostnames: [null] }] } }), {
    spec: { containers: [{}], hostAliases: [{ hostnames: [""] }] },
  });
  assert.equal(stored("V1ResourceQuota", { spec: { hard: { cpu: null } } }), { spec: { hard: { cpu: "0" } } });
});

test("the order of fields stays when some are dropped", () => {
  assert.equal(Object.keys(stored("V1ObjectMeta", { uid: "u", labels: null, name: "n", annotations: {} }) as object), [
    "uid",
    "name",
    "annotations",
  ]);
});

test("instants, quantities and bytes are brought to their stored form", () => {
  assert.equal(stored("V1Pod", { metadata: { deletionTimestamp: "2026-05-01T12:00:00.5+02:00" } }), {
    metadata: { deletionTimestamp: "2026-05-01T10:00:00Z" },
  });
  assert.equal(stored("V1Lease", { spec: { renewTime: "2026-05-01T12:00:00.500000+02:00" } }), {
    spec: { renewTime: "2026-05-01T10:00:00.500000Z" },
  });
  assert.equal(stored("V1Secret", { data: { a: "aGk=\n", b: "", c: "aGVsbG8h" } }), { data: { a: "aGk=", b: "", c: "aGVsbG8h" } });
  assert.equal(stored("V1CapacityRequestPolicy", { validValues: [1024, "1Ki"] }), { validValues: ["1024", "1Ki"] });
  assert.equal(
    stored("V1Service", {
      spec: {
        ports: [
          { port: 1, targetPort: 80 },
          { port: 2, targetPort: "http" },
        ],
      },
    }),
    {
      spec: {
        ports: [
          { port: 1, targetPort: 80 },
          { port: 2, targetPort: "http" },
        ],
      },
    },
  );
});

test("what has no schema is kept as it is", () => {
  const data = { anything: [null, { x: null }, "1000m"] };
  assert.equal(stored("V1ControllerRevision", { data, revision: 1 }), { data, revision: 1 });
  const schema = { properties: { a: { properties: { b: { type: "string", default: null } } } } };
  assert.equal(stored("V1JSONSchemaProps", { ...schema, default: { a: null } }), {
    properties: { a: { properties: { b: { type: "string" } } } },
    default: { a: null },
  });
});

test("fields called like members of Object are fields like any other", () => {
  const { object, unknown } = decodeModel(
    "V1ConfigMap",
    JSON.parse('{"data": {"__proto__": null, "constructor": "x"}, "__proto__": 1, "constructor": 2}'),
  );
  assert.equal(JSON.stringify(object), '{"data":{"__proto__":"","constructor":"x"}}');
  assert.equal(unknown, ["__proto__", "constructor"]);
});

const wrong: readonly (readonly [string, JsonObject, string])[] = [
  [
    "V1Deployment",
    { spec: { replicas: "3" } },
    "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    "V1Deployment",
    { spec: { replicas: 1.5 } },
    "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  [
    "V1Deployment",
    { spec: { replicas: 2147483648 } },
    "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32",
  ],
  ["V1Deployment", { spec: { paused: "x" } }, "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool"],
  ["V1Pod", { kind: 1 }, "json: cannot unmarshal number into Go struct field Pod.kind of type string"],
  ["V1Pod", { spec: [] }, "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec"],
  [
    "V1Pod",
    { metadata: { labels: { a: 1 } } },
    "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
  ],
  [
    "V1Pod",
    { metadata: { labels: "a" } },
    "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string",
  ],
  [
    "V1Pod",
    { spec: { containers: {} } },
    "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
  ],
  [
    "V1Pod",
    { spec: { containers: [{ name: "a" }, 3] } },
    "json: cannot unmarshal number into Go struct field PodSpec.spec.containers of type v1.Container",
  ],
  [
    "V1Pod",
    { spec: { containers: [{ args: [true] }] } },
    "json: cannot unmarshal bool into Go struct field Container.spec.containers.args of type string",
  ],
  [
    "V1Pod",
    { spec: { containers: [{ ports: [{ hostPort: "x" }] }] } },
    "json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.hostPort of type int32",
  ],
  ["V1Pod", { spec: { overhead: 1 } }, "json: cannot unmarshal number into Go struct field PodSpec.spec.overhead of type v1.ResourceList"],
  [
    "V1Pod",
    { spec: { overhead: { cpu: true } } },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  [
    "V1Pod",
    { spec: { overhead: { cpu: "1z" } } },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
  ["V1Pod", { metadata: { creationTimestamp: 1 } }, "json: cannot unmarshal number into Go value of type string"],
  ["V1Pod", { metadata: { creationTimestamp: "x" } }, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ["V1Secret", { data: { a: "x" } }, "illegal base64 data at input byte 0"],
  ["V1Secret", { data: { a: "aGk=x" } }, "illegal base64 data at input byte 3"],
  ["V1Secret", { data: { a: 1 } }, "json: cannot unmarshal number into Go struct field Secret.data of type []uint8"],
  ["V1Service", { spec: { ports: [{ targetPort: true }] } }, "json: cannot unmarshal bool into Go value of type int32"],
  ["V1Service", { spec: { ports: [{ targetPort: 1.5 }] } }, "json: cannot unmarshal number 1.5 into Go value of type int32"],
  ["V1JSONSchemaProps", { maximum: "1" }, "json: cannot unmarshal string into Go struct field JSONSchemaProps.maximum of type float64"],
  ["CoreV1Event", { count: "1" }, "json: cannot unmarshal string into Go struct field Event.count of type int32"],
];

test("a value of a wrong type is named in Go's words", () => {
  for (const [model, value, reason] of wrong) {
    const { kind, version } = modelParts(model);
    const message = `${kind} in version "${version}" cannot be handled as a ${kind}: ${reason}`;
    try {
      stored(model, value);
      assert.unreachable(reason);
    } catch (error) {
      assert.instance(error, ApiError);
      assert.is((error as ApiError).message, message);
      assert.is((error as ApiError).code, 400);
    }
  }
});

test("a schema within a schema is decoded too, without a word of what it does not know", () => {
  const definition = (schema: object): object => ({ spec: { versions: [{ schema: { openAPIV3Schema: schema } }] } });
  const decoded = (schema: object): unknown =>
    decode(modelCodec("V1CustomResourceDefinition"), definition(schema) as JsonObject, { fieldValidation: "Strict" }).object;
  const list = { items: { type: "string" }, additionalProperties: true, dependencies: { a: ["b"], c: { type: "string" } } };
  assert.equal(decoded(list), definition(list));
  assert.equal(decoded({ items: [{ type: "string", foo: 1 }] }), definition({ items: [{ type: "string" }] }));
  assert.equal(decoded({ additionalProperties: { foo: 1 }, items: 1 }), definition({ additionalProperties: {} }));
  const refused = (schema: object): string => {
    try {
      decoded(schema);
    } catch (error) {
      return (error as Error).message.replace(/^.* as a CustomResourceDefinition: /, "");
    }
    return "";
  };
  assert.is(refused({ additionalProperties: 1 }), "boolean or JSON schema expected");
  assert.match(
    refused({ items: { "x-kubernetes-list-map-keys": [false] } }),
    /^json: cannot unmarshal bool into Go struct field .* of type string$/,
  );
  assert.match(refused({ dependencies: { a: [1] } }), /^json: cannot unmarshal number into Go struct field .* of type string$/);
});

test("a caller with words of its own gets the bare reason", () => {
  assert.throws(
    () => decodeUnwrapped(modelCodec("V1Pod"), { foo: 1 }, { fieldValidation: "Strict" }),
    (error: Error) => error instanceof DecodeError && error.message === 'strict decoding error: unknown field "foo"',
  );
});

test("unknown fields are dropped, and reported as asked", () => {
  const value = { foo: 1, metadata: { bar: {}, name: "a" }, spec: { containers: [{}, { x: 1 }] } };
  const warned = decode(modelCodec("V1Pod"), value, { fieldValidation: "Warn" });
  assert.equal(warned.object, { metadata: { name: "a" }, spec: { containers: [{}, {}] } });
  assert.equal(warned.warnings, ['unknown field "foo"', 'unknown field "metadata.bar"', 'unknown field "spec.containers[1].x"']);
  assert.equal(decode(modelCodec("V1Pod"), value, { fieldValidation: "Ignore" }), { object: warned.object, warnings: [] });
  const { unknown } = decodeModel("V1JSONSchemaProps", { properties: { a: { foo: 1 } } });
  assert.equal(unknown, ["properties.a.foo"]);
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`f${at}`, 1]));
  assert.is(decode(modelCodec("V1Pod"), many, { fieldValidation: "Warn" }).warnings.length, 100);
});

test("every model can be compiled, and every name taken apart", () => {
  for (const model of allModels().keys()) {
    assert.equal(decodeModel(model, {}), { object: {}, unknown: [] });
    const { groupWord = "", version, kind } = modelParts(model);
    assert.is(groupWord + version.replace("v", "V") + kind, model);
    assert.is(version === "", model === "VersionInfo", model);
    for (const schema of Object.values(modelSchema(model).properties)) {
      const referred = referredModel(schema);
      assert.ok(referred === undefined || allModels().has(referred), `${model} refers to ${referred}`);
    }
  }
  assert.throws(() => modelSchema("V1Nonsense"), /there is no model V1Nonsense/);
});

test("decoding what was decoded changes nothing", () => {
  const quantity = fc.constantFrom(1, 0.5, "1500m", "0.5Gi", "1e3", null);
  const container = fc.record(
    {
      name: fc.string(),
      resources: fc.record({ limits: fc.dictionary(fc.string(), quantity) }, { requiredKeys: [] }),
      foo: fc.anything(),
      tty: fc.option(fc.boolean()),
    },
    { requiredKeys: [] },
  );
  const value = fc.record({
    metadata: fc.constantFrom(null, { creationTimestamp: "2026-05-01T12:00:00+02:00" }),
    spec: fc.record({ containers: fc.array(container) }),
  });
  fc.assert(
    fc.property(value, (given) => {
      const { object } = decode(modelCodec("V1Pod"), given, { fieldValidation: "Warn" });
      const again = decode(modelCodec("V1Pod"), object, { fieldValidation: "Strict" });
      assert.is(again.object, object);
    }),
  );
});
