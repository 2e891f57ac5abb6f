import * as assert from "uvu/assert";
import type { V1Volume } from "#api/generated/types.ts";
import { volumeContent, volumeReferences, volumeTokens, type VolumeSources } from "#actors/kubelet/volumes/content.ts";
import { podReferences } from "#actors/kubelet/references.ts";
import { suite } from "#test/support/suite.ts";
import { aContainer, boundPod } from "../pod/pods.ts";

const test = suite("content of volumes");

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sources: VolumeSources = {
  pod: boundPod({ containers: [aContainer({ resources: { limits: { cpu: "2" } } })] }, { metadata: { labels: { a: "1" } } }),
  node: { podIps: [], hostIps: [], allocatable: {} },
  configMaps: new Map([["settings", { a: bytes("1"), b: bytes("2") }]]),
  secrets: new Map([["keys", { k: bytes("s") }]]),
  tokens: new Map([["token", "jwt"]]),
};
/** `path=text:mode`, one for each file. */
const files = (volume: Omit<V1Volume, "name">): readonly string[] => {
  const content = volumeContent({ name: "v", ...volume }, sources);
  if (content.type !== "files") throw new Error(content.type);
  return content.files.map(({ path, data, mode }) => `${path}=${new TextDecoder().decode(data)}:${mode.toString(8)}`);
};

test("of a config map or a secret is all of it, or what is chosen", () => {
  assert.equal(files({ configMap: { name: "settings" } }), ["a=1:644", "b=2:644"]);
  const items = [{ key: "b", path: "deep/b", mode: 0o400 }];
  assert.equal(files({ configMap: { name: "settings", items, defaultMode: 0o600 } }), ["deep/b=2:400"]);
  assert.equal(files({ secret: { secretName: "keys", defaultMode: 0o600 } }), ["k=s:600"]);
});

test("says what is missing, unless it is optional", () => {
  const items = [{ key: "z", path: "z" }];
  assert.throws(() => files({ configMap: { name: "gone" } }), /configmap "gone" not found/);
  assert.throws(() => files({ secret: { secretName: "gone" } }), /secret "gone" not found/);
  assert.throws(() => files({ configMap: { name: "settings", items } }), /configmap references non-existent config key: z/);
  assert.throws(() => files({ secret: { secretName: "keys", items } }), /references non-existent secret key: z/);
  assert.equal(files({ configMap: { name: "gone", optional: true } }), []);
  assert.equal(files({ configMap: { name: "settings", items, optional: true } }), []);
});

test("of the downward API are fields and resources of the pod", () => {
  const items = [
    { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
    { path: "cpu", resourceFieldRef: { containerName: "main", resource: "limits.cpu" }, mode: 0o400 },
  ];
  assert.equal(files({ downwardAPI: { items } }), ['labels=a="1":644', "cpu=2:400"]);
  assert.throws(() => files({ downwardAPI: { items: [{ path: "x" }] } }), /refers to nothing/);
});

test("of a projection is all its parts, a later one over an earlier", () => {
  const projection = [
    { configMap: { name: "settings" } },
    { secret: { name: "keys", items: [{ key: "k", path: "a" }] } },
    { serviceAccountToken: { path: "token" } },
  ];
  assert.equal(files({ projected: { sources: projection } }), ["a=s:644", "b=2:644", "token=jwt:644"]);
  assert.equal(files({ projected: {} }), []);
  assert.throws(() => files({ projected: { sources: [{ clusterTrustBundle: { path: "x" } }] } }), /"clusterTrustBundle" is not supported/);
});

test("of other kinds is what the disk makes of them", () => {
  assert.equal(volumeContent({ name: "v", emptyDir: { sizeLimit: "1Ki" } }, sources), {
    type: "emptyDir",
    medium: "",
    sizeLimitBytes: 1024,
  });
  assert.equal(volumeContent({ name: "v", hostPath: { path: "/tmp" } }, sources), { type: "hostPath", path: "/tmp", expect: "" });
  assert.throws(() => volumeContent({ name: "v", nfs: { path: "/", server: "s" } }, sources), /volumes of type nfs are not supported/);
});

test("knows which objects and tokens it needs", () => {
  const volume: V1Volume = {
    name: "v",
    projected: { sources: [{ configMap: { name: "a" } }, { secret: { name: "s" } }, { serviceAccountToken: { path: "t" } }] },
  };
  assert.equal(volumeReferences(volume), { configMaps: new Set(["a"]), secrets: new Set(["s"]) });
  assert.equal(volumeTokens(volume), [{ path: "t" }]);
});

test("adds to what a pod refers to, with its environment and its pulls", () => {
  const pod = boundPod({
    containers: [aContainer({ envFrom: [{ configMapRef: { name: "env" } }] })],
    volumes: [{ name: "v", secret: { secretName: "mounted" } }],
    imagePullSecrets: [{ name: "pull" }],
  });
  assert.equal(podReferences(pod), { configMaps: new Set(["env"]), secrets: new Set(["mounted", "pull"]) });
});
