// The bodies are what kubectl 1.32 sent.
import * as assert from "uvu/assert";
import { decodeProtobuf, openEnvelope } from "#api/schema/protobuf.ts";
import { MalformedProtobuf } from "#api/schema/protobuf-wire.ts";
import { modelSchema, referredModel } from "#api/schema/models.ts";
import numbers from "#api/schema/protobuf-fields.json" with { type: "json" };
import { suite } from "#test/support/suite.ts";

const test = suite("schema/protobuf");
const table: { readonly [message: string]: string } = numbers;

const DEPLOYMENT =
  "azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50EsABCiUKBmdvbGRlbhIAGgAiACoAMgA4AEIAWg0KA2FwcBIGZ29sZGVuEogBCAASDwoNCgNhcHASBmdvbGRlbhprCh8KABIAGgAiACoAMgA4AEIAWg0KA2FwcBIGZ29sZGVuEkgSKgoBYhIFYS9iOjEqADIKCgAQABhQIgAqAEIAagByAIABAIgBAJABAKIBABoAMgBCAEoAUgBYAGAAaACCAQCKAQCaAQDCAQAiAgoAKAA4ABoMCAAQABgAIAAoADgAGgAiAA==";
const SECRET = "azhzAAoMCgJ2MRIGU2VjcmV0EiIKFgoGZ29sZGVuEgAaACIAKgAyADgAQgASBgoBYRIBYhoAGgAiAA==";
const SERVICE =
  "azhzAAoNCgJ2MRIHU2VydmljZRJ1CiUKBmdvbGRlbhIAGgAiACoAMgA4AEIAWg0KA2FwcBIGZ29sZGVuEkgKHgoHODAtaHR0cBIDVENQGFAiCggBEAAaBGh0dHAoABINCgNhcHASBmdvbGRlbhoAIglDbHVzdGVySVA6AEIAUgBaAGAAaAAaAgoAGgAiAA==";

const decode = (base64: string, model: string) => decodeProtobuf(model, openEnvelope(Buffer.from(base64, "base64")).raw);

test("reads a Deployment as the JSON that it stands for", () => {
  const { apiVersion, kind } = openEnvelope(Buffer.from(DEPLOYMENT, "base64"));
  assert.equal([apiVersion, kind], ["apps/v1", "Deployment"]);
  assert.equal(decode(DEPLOYMENT, "V1Deployment"), {
    metadata: { name: "golden", labels: { app: "golden" } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "golden" } },
      template: {
        metadata: { labels: { app: "golden" } },
        spec: { containers: [{ name: "b", image: "a/b:1", ports: [{ containerPort: 80 }], resources: {} }] },
      },
      strategy: {},
    },
    status: {},
  });
});

test("reads bytes as base64, and a port that is a name", () => {
  assert.equal(decode(SECRET, "V1Secret"), { metadata: { name: "golden" }, data: { a: "Yg==" } });
  const { spec } = decode(SERVICE, "V1Service") as { spec: { type: string; ports: unknown } };
  assert.equal([spec.type, spec.ports], ["ClusterIP", [{ name: "80-http", protocol: "TCP", port: 80, targetPort: "http" }]]);
});

/** Messages by hand: a field is a number and its content. */
const tag = (number: number, wireType: number): number[] => [...varint((number << 3) | wireType)];
function* varint(value: number): Generator<number> {
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    const byte = Number(rest & 0x7fn);
    if (rest < 0x80n) return yield byte;
    yield byte | 0x80;
  }
}
const int = (number: number, value: number): number[] => [...tag(number, 0), ...varint(value)];
const bytes = (number: number, content: readonly number[]): number[] => [...tag(number, 2), ...varint(content.length), ...content];
const text = (number: number, value: string): number[] => bytes(number, [...Buffer.from(value)]);
const read = (model: string, ...parts: number[][]) => decodeProtobuf(model, Uint8Array.from(parts.flat()));

test("reads quantities, numbers and names, and what is embedded", () => {
  const probe = bytes(1, [...bytes(2, [...text(1, "/x"), ...bytes(2, [...int(1, 0), ...int(2, 8080)])])]);
  const limits = bytes(1, [...text(1, "cpu"), ...bytes(2, text(1, "100m"))]);
  assert.equal(read("V1Container", text(1, "c"), bytes(8, limits), bytes(10, [...probe, ...int(7, 0)])), {
    name: "c",
    resources: { limits: { cpu: "100m" } },
    livenessProbe: { httpGet: { path: "/x", port: 8080 }, terminationGracePeriodSeconds: 0 },
  });
});

test("reads instants to the second or the microsecond, and none at all", () => {
  assert.equal(read("V1ObjectMeta", bytes(8, int(1, 1_767_225_600))), { creationTimestamp: "2026-01-01T00:00:00Z" });
  assert.equal(read("V1ObjectMeta", bytes(8, [])), {});
  assert.equal(read("V1LeaseSpec", bytes(4, [...int(1, 1_767_225_600), ...int(2, 1_234_000)])), {
    renewTime: "2026-01-01T00:00:00.001234Z",
  });
  assert.throws(() => read("V1ObjectMeta", bytes(8, int(1, 2 ** 50))), /no instant/);
});

test("reads negative numbers, and lists of numbers packed or not", () => {
  assert.equal(read("V1PodSecurityContext", int(4, 5), int(4, 6)), { supplementalGroups: [5, 6] });
  assert.equal(read("V1PodSecurityContext", bytes(4, [...varint(5), ...varint(300)])), { supplementalGroups: [5, 300] });
  assert.equal(read("V1PodSpec", int(25, -7)), { priority: -7 });
});

test("reads lists in maps, and JSON in messages", () => {
  assert.equal(read("V1SubjectAccessReviewSpec", bytes(5, [...text(1, "k"), ...bytes(2, [...text(1, "a"), ...text(1, "b")])])), {
    extra: { k: ["a", "b"] },
  });
  assert.equal(read("V1ManagedFieldsEntry", bytes(7, text(1, '{"f:a":{}}'))), { fieldsV1: { "f:a": {} } });
  assert.throws(() => read("V1ManagedFieldsEntry", bytes(7, text(1, "{"))), /no JSON/);
});

test("keeps a zero that means something, and drops one that does not", () => {
  assert.equal(read("V1DeploymentSpec", int(1, 0), int(5, 0), int(6, 0), int(7, 0)), { replicas: 0, revisionHistoryLimit: 0 });
});

test("skips what it does not know", () => {
  assert.equal(
    read("V1ObjectMeta", text(99, "x"), int(98, 1), [...tag(97, 1), 1, 2, 3, 4, 5, 6, 7, 8], [...tag(96, 5), 1, 2, 3, 4], text(1, "a")),
    { name: "a" },
  );
});

test("takes any key of a map for a key", () => {
  const labels = read("V1ObjectMeta", bytes(11, [...text(1, "__proto__"), ...text(2, "x")]))["labels"] as object;
  assert.equal(Object.entries(labels), [["__proto__", "x"]]);
  assert.equal(Object.getPrototypeOf(labels), Object.prototype);
});

for (const [what, body] of [
  ["what breaks off", [...tag(1, 2), 9, 1]],
  ["a number without end", [...tag(7, 0), ...Array.from({ length: 11 }, () => 0xff)]],
  ["an illegal tag", [0]],
  ["an illegal wire type", [0x0b]],
  ["a number for a text", int(1, 5)],
  ["a text that is none", bytes(1, [0xff])],
] as const) {
  test(`refuses ${what}`, () => {
    try {
      decodeProtobuf("V1ObjectMeta", Uint8Array.from(body));
    } catch (error) {
      return assert.instance(error, MalformedProtobuf);
    }
    return assert.unreachable();
  });
}

test("refuses a body without the envelope's mark", () => {
  assert.throws(() => openEnvelope(Buffer.from("{}")), /does not appear to be a protobuf message, expected prefix \[107 56 115 0\]/);
});

test("knows no model that holds itself", () => {
  const holds = (model: string, above: readonly string[]): void => {
    assert.not(above.includes(model), [...above, model].join(" > "));
    if (table[model] === undefined) return;
    for (const schema of Object.values(modelSchema(model).properties)) {
      const inner = referredModel(schema);
      if (inner !== undefined) holds(inner, [...above, model]);
    }
  };
  for (const model of Object.keys(table)) if (!model.startsWith("*")) holds(model, []);
});
