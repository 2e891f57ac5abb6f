import * as assert from "uvu/assert";
import { jsonOfProtobuf } from "#actors/api-server/https/protobuf-body.ts";
import { ask, withServer } from "#test/actors/api-server/https/test-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/protobuf-body");
const TOKEN_REQUEST = "azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBIdChAKABIAGgAiACoAMgA4AEIAEgMg2AQaBAoAEgAaACIA";
const parse = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

test("hands kubectl's bodies to the core as JSON", () =>
  withServer(async ({ port, handler }) => {
    const body = Buffer.from(TOKEN_REQUEST, "base64");
    const headers = { "content-type": "application/vnd.kubernetes.protobuf" };
    await ask(port, "/api/v1/namespaces/a/serviceaccounts/bot/token", { method: "POST", body, headers });
    const { request } = handler.seen[0] ?? {};
    assert.is(request?.contentType, "application/json");
    assert.equal(parse(request?.body ?? new Uint8Array()), {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: {},
      spec: { expirationSeconds: 600 },
      status: { token: "" },
    });
  }));

test("reads the options of a deletion, whatever group they are said to be of", () => {
  const options = Buffer.from([
    ...Buffer.from("k8s\0"),
    0x0a,
    0x13,
    0x0a,
    0x02,
    ...Buffer.from("v1"),
    0x12,
    0x0d,
    ...Buffer.from("DeleteOptions"),
    0x12,
    0x02,
    0x08,
    0x00,
  ]);
  assert.equal(parse(jsonOfProtobuf(options)), { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0 });
});

test("names what is not served, for the core to refuse", () => {
  const unknown = Buffer.from([...Buffer.from("k8s\0"), 0x0a, 0x07, 0x0a, 0x02, ...Buffer.from("v9"), 0x12, 0x01, ...Buffer.from("X")]);
  assert.equal(parse(jsonOfProtobuf(unknown)), { kind: "X", apiVersion: "v9" });
});

test("refuses what is no message", () => {
  assert.throws(() => jsonOfProtobuf(Buffer.from("{}")), /does not appear to be a protobuf message/);
});
