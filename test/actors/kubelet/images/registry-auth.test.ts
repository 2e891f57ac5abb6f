import * as assert from "uvu/assert";
import type { Secret } from "#api/core/v1/secret.ts";
import { registryAuth } from "#actors/kubelet/images/registry-auth.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("registry auth");

const base64 = (text: string): string => new TextEncoder().encode(text).toBase64();
const config = (entries: object): Secret => ({
  type: "kubernetes.io/dockerconfigjson",
  data: { ".dockerconfigjson": base64(JSON.stringify({ auths: entries })) },
});

test("reads both forms of a pull secret", () => {
  const old = {
    type: "kubernetes.io/dockercfg",
    data: { ".dockercfg": base64(JSON.stringify({ "b.example": { auth: base64("u:p:q") } })) },
  };
  assert.equal(registryAuth([config({ "https://a.example/v1/": { username: "u", password: "p" } }), old]), {
    "a.example": { username: "u", password: "p" },
    "b.example": { username: "u", password: "p:q" },
  });
});

test("takes the first secret that names a registry, and passes over what is malformed", () => {
  const broken = { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": base64("{") } };
  const all = [
    broken,
    {},
    config({ "a.example": { username: "1", password: "" } }),
    config({ "a.example": { username: "2", password: "" } }),
  ];
  assert.equal(registryAuth(all), { "a.example": { username: "1", password: "" } });
});
