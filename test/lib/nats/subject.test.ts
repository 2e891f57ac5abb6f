import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { decodeKey, decodeSegment, encodeKey, encodeSegment } from "#lib/nats/subject.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/nats/subject");

/** Every UTF-16 string, lone surrogates too, and often the characters that matter to NATS. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(...".:*> =_$-/core".split("").map((c) => c.charCodeAt(0)))), {
    maxLength: 12,
  })
  .map((units) => String.fromCharCode(...units));
const anyKey = fc.record(
  {
    group: fc.oneof(anyText, fc.constantFrom("", "core", "apps")),
    resource: anyText,
    namespace: fc.oneof(anyText, fc.constantFrom("", "_", "default")),
    name: anyText,
  },
  { noNullPrototype: true },
);

test("leaves a plain name as it is", () => {
  assert.is(encodeSegment("kube-system"), "kube-system");
  assert.is(encodeSegment("A/b_c-9"), "A/b_c-9");
});

test("escapes what a subject may not have", () => {
  assert.is(encodeSegment("system:node:a.b"), "system=3Anode=3Aa=2Eb");
  assert.is(encodeSegment("="), "=3D");
  assert.is(encodeSegment(""), "=");
  assert.is(encodeSegment("ж"), "=u0436");
});

test("gives back every text from its segment", () => {
  fc.assert(fc.property(anyText, (text) => decodeSegment(encodeSegment(text)) === text));
});

test("writes only characters of a KV key", () => {
  fc.assert(fc.property(anyText, (text) => /^[-/_=a-zA-Z0-9]+$/.test(encodeSegment(text))));
});

test("gives different segments to different texts", () => {
  fc.assert(fc.property(anyText, anyText, (a, b) => (a === b) === (encodeSegment(a) === encodeSegment(b))));
});

test("names the core group and the absence of a namespace", () => {
  assert.is(encodeKey({ group: "", resource: "pods", namespace: "default", name: "web" }), "core.pods.default.web");
  assert.is(
    encodeKey({ group: "rbac.authorization.k8s.io", resource: "clusterroles", namespace: "", name: "system:node" }),
    "rbac=2Eauthorization=2Ek8s=2Eio.clusterroles._.system=3Anode",
  );
});

test("gives back every key, in four segments", () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const text = encodeKey(key);
      assert.is(text.split(".").length, 4);
      assert.equal(decodeKey(text), key);
    }),
  );
});

test("gives different texts to different keys", () => {
  fc.assert(
    fc.property(anyKey, anyKey, (a, b) => {
      const same = a.group === b.group && a.resource === b.resource && a.namespace === b.namespace && a.name === b.name;
      assert.is(encodeKey(a) === encodeKey(b), same);
    }),
  );
});

test("does not take a text of another shape for a key", () => {
  assert.is(decodeKey("compacted"), undefined);
  assert.is(decodeKey("a.b.c.d.e"), undefined);
});
