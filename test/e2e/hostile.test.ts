// What users do by mistake and what programs do in spite: every time the answer that a Kubernetes user knows, and the
// cluster goes on.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { digestOf } from "#runtime/images/blobs.ts";
import { TestCluster } from "#test/e2e/support/cluster.ts";
import { deploymentOf, PORT } from "#test/e2e/support/expected.ts";
import { need } from "#test/e2e/support/packages.ts";
import { post } from "#test/e2e/support/post.ts";
import { corrupt, pushRaw, startRegistry, type Registry } from "#test/e2e/support/registry.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("e2e/hostile", 120_000);
const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const NODE = "worker-1";
const TOOLBOX = "orrery.dev/examples/toolbox:v1";

let started: Promise<TestCluster> | undefined;
const cluster = (): Promise<TestCluster> => {
  need("nats-server");
  started ??= TestCluster.start();
  return started;
};
let registryStarted: Promise<Registry> | undefined;
const registry = (): Promise<Registry> => {
  registryStarted ??= startRegistry();
  return registryStarted;
};

const goesOn = async (up: TestCluster): Promise<void> => {
  assert.is(await up.ok("get", "--raw", "/readyz"), "ok");
  assert.is(await up.ok("create", "configmap", "goes-on", "--from-literal=a=b"), "configmap/goes-on created\n");
  await up.ok("delete", "configmap", "goes-on");
};

const podOf = (name: string, container: object): object => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { terminationGracePeriodSeconds: 1, nodeName: NODE, restartPolicy: "Never", containers: [{ name: "main", ...container }] },
});
const map = (rest: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, ...rest });

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  [
    "an unknown field",
    map({ nonsense: 1 }),
    '(BadRequest): error when creating "FILE": ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "nonsense"',
  ],
  [
    "a field of the wrong type",
    map({ data: { a: 1 } }),
    'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  ],
  [
    "an invalid name",
    map({ metadata: { name: "No_Good" } }),
    'The ConfigMap "No_Good" is invalid: metadata.name: Invalid value: "No_Good": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters',
  ],
  [
    "a name of a label that is none",
    map({ metadata: { name: "x", labels: { "a b": "c" } } }),
    'metadata.labels: Invalid value: "a b": name part must consist of alphanumeric characters',
  ],
  ["a missing required field", podOf("x", {}), 'The Pod "x" is invalid: spec.containers[0].image: Required value'],
  [
    "a duplicate name",
    {
      ...podOf("x", {}),
      spec: {
        containers: [
          { name: "c", image: "i" },
          { name: "c", image: "i" },
        ],
      },
    },
    'spec.containers[1].name: Duplicate value: "c"',
  ],
  ["an object without a kind", "a: b\n", "[apiVersion not set, kind not set]"],
  [
    "a kind that there is not",
    { apiVersion: "apps/v2", kind: "Deployment", metadata: { name: "x" } },
    'no matches for kind "Deployment" in version "apps/v2"',
  ],
  ["YAML that is a list", "- a\n- b\n", "invalid object to validate"],
  ["YAML that is a text", "just text", "invalid object to validate"],
  ["YAML that is none", "a: b: c", "error converting YAML to JSON: yaml: mapping values are not allowed in this context"],
  ["10 MiB", map({ data: { a: "x".repeat(10 * 1024 * 1024) } }), "Error from server (RequestEntityTooLarge)"],
  [
    "2 MiB, more than an object may have",
    map({ data: { a: "x".repeat(2 * 1024 * 1024) } }),
    "is invalid: []: Too long: may not be more than 1048576 bytes",
  ],
];
for (const [what, object, message] of REFUSED) {
  test(`kubectl is told what is wrong with ${what}`, async () => {
    const up = await cluster();
    const file = up.file("refused", object);
    const { code, stderr } = await up.kubectl(["create", "-f", file]);
    assert.is(code, 1);
    assert.match(stderr, message.replace("FILE", file));
    await goesOn(up);
  });
}

const UNREADABLE: readonly (readonly [string, string, string | Uint8Array, number, string])[] = [
  ["a YAML text", "application/yaml", "just text", 400, "json: cannot unmarshal string into Go value of type struct"],
  ["a YAML list", "application/yaml", "- a\n", 400, "json: cannot unmarshal array into Go value of type struct"],
  ["broken YAML", "application/yaml", "a: b: c", 400, "yaml: mapping values are not allowed in this context"],
  ["broken JSON", "application/json", "{", 400, "json parse error: unexpected end of JSON input"],
  ["nothing", "application/json", "", 400, "the object provided is unrecognized (must be of type ConfigMap)"],
  ["another kind", "application/json", '{"kind":"Pod","apiVersion":"v1"}', 400, 'Pod in version "v1" cannot be handled as a ConfigMap'],
  ["another media type", "text/plain", "x", 415, "accepted media types include: application/json, application/yaml"],
  ["10 MiB", "application/json", new Uint8Array(10 * 1024 * 1024), 413, "Request entity too large: limit is 3145728"],
];
for (const [what, type, body, code, message] of UNREADABLE) {
  test(`a body of ${what} is answered with ${code}`, async () => {
    const up = await cluster();
    const answer = await post(up, CONFIG_MAPS, type, body);
    assert.is(answer.code, code);
    assert.is(answer.status.kind, "Status");
    assert.match(answer.status.message ?? "", message);
    await goesOn(up);
  });
}

// Makes a pod of the image and waits until it is known why it cannot run.
const failureOf = async (up: TestCluster, name: string, image: string): Promise<string> => {
  await up.ok("create", "-f", up.file(name, podOf(name, { image })));
  await up.until(["get", "pod", name, "--no-headers"], (text) => / (ErrImagePull|ImagePullBackOff|InvalidImageName) /.test(text));
  const message = await up.until(
    ["get", "events", "--field-selector", `involvedObject.name=${name},reason=Failed`, "-o", "jsonpath={.items[*].message}"],
    (text) => text !== "",
  );
  await up.ok("delete", "pod", name, "--timeout=30s");
  return message;
};
test("an image that is not there, or whose name is none", async () => {
  const up = await cluster();
  const { host } = await registry();
  const message = await failureOf(up, "missing", `${host}/missing:v1`);
  assert.match(message, `Failed to pull image "${host}/missing:v1": failed to pull and unpack image "${host}/missing:v1"`);
  assert.match(message, "not found");
  assert.match(message, "Error: ErrImagePull");
  await up.ok("create", "-f", up.file("name", podOf("name", { image: "No_Good:::" })));
  await up.until(["get", "pod", "name", "--no-headers"], (text) => text.includes("InvalidImageName"));
  await up.ok("delete", "pod", "name", "--timeout=30s");
});
test("an image that is not WASM", async () => {
  const up = await cluster();
  const image = `${(await registry()).host}/shell:v1`;
  await pushRaw(image, { mediaType: "application/wasm", bytes: new TextEncoder().encode("#!/bin/sh\necho hi\n") });
  assert.match(await failureOf(up, "shell", image), /does not begin as WASM does/);
});
test("a layer that the registry has lost a byte of", async () => {
  const up = await cluster();
  const from = await registry();
  const bytes = Uint8Array.of(...MODULE, 0, 1, 0);
  await pushRaw(`${from.host}/corrupt:v1`, { mediaType: "application/wasm", bytes });
  corrupt(from, digestOf(bytes), () => Uint8Array.of(...MODULE, 0, 1, 1));
  assert.match(await failureOf(up, "corrupt", `${from.host}/corrupt:v1`), /failed commit on ref/);
});
test("a manifest that has another digest than the one that was asked for", async () => {
  const up = await cluster();
  const from = await registry();
  const digest = await pushRaw(`${from.host}/changed:v1`, { mediaType: "application/wasm", bytes: MODULE });
  corrupt(from, digest, (manifest) => Buffer.from(manifest.toString().replace('{"schemaVersion":2', '{"schemaVersion": 2')));
  assert.match(await failureOf(up, "changed", `${from.host}/changed@${digest}`), /failed commit on ref|digest/);
});

test("guests that loop, take memory or flood their logs harm nobody, and are stopped by deleting them", async () => {
  const up = await cluster();
  const neighbour = deploymentOf("default", "neighbour", 1).spec?.template.spec ?? {};
  await up.ok("create", "-f", up.file("neighbour", { ...podOf("neighbour", {}), spec: { ...neighbour, nodeName: NODE } }));
  const ip = await up.until(["get", "pod", "neighbour", "-o", "jsonpath={.status.podIP}"], (text) => text !== "");
  const answers = async (): Promise<string> => JSON.parse(await up.place.node("fetch.ts", `http://${ip}:${PORT}/`))[0] as string;
  const guests = { loop: ["loop"], flood: ["flood"], grow: ["grow", "then", "pause"] };
  const limits = { cpu: "500m", memory: "64Mi" };
  for (const [name, args] of Object.entries(guests))
    await up.ok("create", "-f", up.file(name, podOf(name, { image: TOOLBOX, args, resources: { limits } })));
  for (const name of ["loop", "flood"]) await up.until(["get", "pod", name, "--no-headers"], (text) => text.includes(" Running "));
  await up.until(["get", "pod", "grow", "--no-headers"], (text) => / (OOMKilled|Error) /.test(text));
  await up.eventually(answers, (text) => text === "neighbour\n", { what: "the neighbour" });
  await up.ok("create", "-f", up.file("after", podOf("after", { image: TOOLBOX, args: ["print", "as", "ever"] })));
  await up.until(["get", "pod", "after", "--no-headers"], (text) => text.includes(" Completed "));
  assert.is(await up.ok("logs", "after"), "as ever\n");
  assert.match(await up.ok("logs", "flood", "--tail=1"), "a line that nobody will ever read");
  const logs = join(up.data, "nodes", NODE, "logs");
  const bytes = readdirSync(logs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  assert.ok(bytes < 100 * 1024 * 1024, `${bytes} bytes of logs`);
  await up.ok("delete", "pod", "loop", "flood", "grow", "after", "--timeout=30s");
  assert.is(await answers(), "neighbour\n");
  await up.ok("delete", "pod", "neighbour", "--timeout=30s");
});

test("after all of it every node is Ready, and nothing was restarted", async () => {
  const up = await cluster();
  assert.is((await up.ok("get", "nodes", "--no-headers")).match(/ Ready /g)?.length, 3);
  const restarts = await up.ok("get", "pods", "-A", "-o", "jsonpath={.items[*].status.containerStatuses[*].restartCount}");
  assert.match(restarts, /^[0 ]+$/);
  assert.is(await up.stop(), 0);
  up.remove();
  await (await registry()).stop();
});
