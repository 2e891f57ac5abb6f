import * as assert from "uvu/assert";
import { configMaps } from "#api/core/v1/config-map.ts";
import { pods } from "#api/core/v1/pod.ts";
import { ImageError } from "#runtime/port.ts";
import { suite } from "#test/support/suite.ts";
import { aBoundPod, isGone, onNode, statusOf } from "#test/actors/kubelet/node.ts";

const test = suite("containers of a pod");

const REF = { namespace: "default", name: "web" };
const container = (extra: object = {}) => ({ containers: [{ name: "main", image: "web:1", ...extra }] });

test("restarts a container that ends, with growing waits and upstream's words", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    await node.reaches("Running");
    node.runtime.exit("main", 1);
    await node.until(async () => (await statusOf(node))?.restartCount === 1 && node.runtime.running.length === 1);
    node.runtime.exit("main", 1);
    await node.until(async () => (await statusOf(node))?.state?.terminated !== undefined);
    await node.until(async () => (await statusOf(node))?.state?.waiting?.reason === "CrashLoopBackOff");
    const { uid } = (await node.pod()).metadata;
    const waiting = await statusOf(node);
    assert.is(waiting?.state?.waiting?.message, `back-off 10s restarting failed container=main pod=web_default(${uid})`);
    assert.is(waiting?.lastState?.terminated?.exitCode, 1);
    assert.is((await node.pod()).status?.phase, "Running");
    const began = node.clock.now();
    await node.until(async () => (await statusOf(node))?.restartCount === 2);
    assert.ok(node.clock.now() - began < 10_000);
    assert.ok((await node.events()).includes(`Warning BackOff Back-off restarting failed container main in pod web_default(${uid})`));
  }));

test("runs init containers one after the other before the others", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("init:1", { exits: 0 });
    const initContainers = [
      { name: "first", image: "init:1" },
      { name: "sidecar", image: "side:1", restartPolicy: "Always" },
      { name: "second", image: "init:1" },
    ];
    await node.bind(aBoundPod({ initContainers }));
    await node.reaches("Running");
    assert.equal(
      node.runtime.configs.map(({ name }) => name),
      ["first", "sidecar", "second", "main"],
    );
    assert.equal(node.runtime.running, ["sidecar", "main"]);
    await node.client.delete(pods, REF);
    await node.until(isGone(node));
    assert.equal(
      node.runtime.stops.map(({ name }) => name),
      ["main", "sidecar"],
    );
  }));

test("shows why an image cannot be pulled, and tries again", () =>
  onNode(async (node) => {
    node.runtime.behaviours.set("web:1", { pull: new ImageError("ErrImagePull", "no such host") });
    await node.bind(aBoundPod());
    await node.until(async () => (await statusOf(node))?.state?.waiting?.reason === "ErrImagePull");
    await node.until(async () => (await statusOf(node))?.state?.waiting?.reason === "ImagePullBackOff");
    assert.is((await statusOf(node))?.state?.waiting?.message, 'Back-off pulling image "web:1": ErrImagePull: no such host');
    node.runtime.behaviours.delete("web:1");
    await node.reaches("Running", "web", 15_000);
    assert.is((await statusOf(node))?.restartCount, 0);
  }));

test("waits for a config map that is not there, and says so", () =>
  onNode(async (node) => {
    const env = [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }];
    await node.bind(aBoundPod(container({ env })));
    await node.until(async () => (await statusOf(node))?.state?.waiting?.reason === "CreateContainerConfigError");
    assert.is((await statusOf(node))?.state?.waiting?.message, 'configmap "settings" not found');
    await node.client.create(configMaps, { metadata: { namespace: "default", name: "settings" }, data: { a: "1" } });
    await node.reaches("Running", "web", 15_000);
    const { env: given } = node.runtime.configs[0] ?? { env: [] };
    assert.equal(given[0], { name: "A", value: "1" });
  }));

test("keeps the files of a mounted config map up to date", () =>
  onNode(async (node) => {
    await node.client.create(configMaps, { metadata: { namespace: "default", name: "settings" }, data: { a: "1" } });
    const volumes = [{ name: "config", configMap: { name: "settings" } }];
    await node.bind(aBoundPod({ ...container({ volumeMounts: [{ name: "config", mountPath: "/etc/config" }] }), volumes }));
    const { metadata } = await node.reaches("Running");
    assert.is(node.disk.text(metadata.uid, "config", "a"), "1");
    const patch = { type: "application/merge-patch+json", body: { data: { a: "2" } } } as const;
    await node.client.patch(configMaps, { namespace: "default", name: "settings" }, patch);
    await node.until(() => node.disk.text(metadata.uid, "config", "a") === "2");
  }));

test("gives a pod the credentials of its service account", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    const { metadata } = await node.reaches("Running");
    const volume = (await node.pod()).spec?.volumes?.[0]?.name ?? "";
    assert.is(node.disk.text(metadata.uid, volume, "token"), "token");
    assert.is(node.disk.text(metadata.uid, volume, "namespace"), "default");
  }));

test("keeps a container from being ready until its probe passes, and restarts one that fails", () =>
  onNode(async (node) => {
    node.probes.refuses = true;
    const readinessProbe = { httpGet: { port: 8080, path: "/ready" }, periodSeconds: 5 };
    const livenessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 5, failureThreshold: 2, initialDelaySeconds: 30 };
    await node.bind(aBoundPod(container({ readinessProbe, livenessProbe })));
    await node.reaches("Running");
    assert.is((await statusOf(node))?.ready, false);
    node.probes.refuses = false;
    await node.until(async () => (await statusOf(node))?.ready === true, 10_000);
    assert.ok(node.probes.asked.includes("10.64.0.1:8080/ready"));
    node.probes.refuses = true;
    await node.until(async () => (await statusOf(node))?.restartCount === 1, 60_000);
    const events = await node.events();
    assert.ok(events.includes("Warning Unhealthy Liveness probe failed: dial tcp 10.64.0.1:8080: connect: connection refused"));
    assert.ok(events.includes("Normal Killing Container main failed liveness probe, will be restarted"));
  }));

test("says that exec hooks are not supported", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod(container({ lifecycle: { postStart: { exec: { command: ["true"] } } } })));
    await node.until(async () => (await statusOf(node))?.state?.waiting?.reason === "CrashLoopBackOff", 60_000);
    const events = await node.events();
    assert.ok(events.some((event) => event.startsWith("Warning FailedPostStartHook PostStartHook failed: exec is not supported")));
  }));

test("runs a preStop hook before it stops the container", () =>
  onNode(async (node) => {
    const preStop = { httpGet: { port: 8080, path: "/bye" } };
    await node.bind(aBoundPod(container({ lifecycle: { preStop } })));
    await node.reaches("Running");
    await node.client.delete(pods, REF);
    await node.until(isGone(node));
    assert.equal(node.probes.asked, ["10.64.0.1:8080/bye"]);
  }));

test("shows what a container said when it ended", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod({ restartPolicy: "Never" }));
    const { metadata } = await node.reaches("Running");
    node.disk.messages.set(`/pods/${metadata.uid}/messages/main-0`, "I am done");
    node.runtime.exit("main", 2);
    await node.reaches("Failed");
    assert.is((await statusOf(node))?.state?.terminated?.message, "I am done");
  }));

test("takes the end of the log for the message when the policy says so", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod({ restartPolicy: "Never", ...container({ terminationMessagePolicy: "FallbackToLogsOnError" }) }));
    const { metadata } = await node.reaches("Running");
    node.logs.texts.set(`/logs/default_web_${metadata.uid}/main/0.log`, "it broke\n");
    node.runtime.exit("main", 2);
    await node.reaches("Failed");
    assert.is((await statusOf(node))?.state?.terminated?.message, "it broke\n");
  }));
