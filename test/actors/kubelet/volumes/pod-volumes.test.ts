import * as assert from "uvu/assert";
import type { AuthenticationV1TokenRequest } from "#api/generated/types.ts";
import { PodObjects } from "#actors/kubelet/objects.ts";
import { PodVolumes } from "#actors/kubelet/volumes/pod-volumes.ts";
import { Tokens } from "#actors/kubelet/tokens.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { ScriptedTransport } from "#test/support/scripted-transport.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { FakeVolumes } from "../fake-disk.ts";
import { boundPod } from "../pod/pods.ts";

const test = suite("volumes of pods");

const signal = new AbortController().signal;

const nodeFacts = () => ({ podIps: [], hostIps: [], allocatable: {} });

/** Volumes over an API that answers as told, and counts the tokens that it has given. */
const made = () => {
  const clock = new SimulatedClock(0);
  let given = 0;
  const transport = new ScriptedTransport(({ subresource }): AuthenticationV1TokenRequest | object => {
    if (subresource !== "token")
      return { metadata: { name: "settings" }, data: { a: "1" }, binaryData: { b: new Uint8Array([98]).toBase64() } };
    given += 1;
    const expirationTimestamp = new Date(clock.now() + 1_000_000).toISOString();
    return { spec: { audiences: [] }, status: { token: `token ${given}`, expirationTimestamp } };
  });
  const { client } = transport;
  const disk = new FakeVolumes();
  const objects = new PodObjects({ client, clock, random: seededRandom(1), logger: silent }, (uids) =>
    [...uids].forEach((uid) => volumes.refresh(uid)),
  );
  const volumes = new PodVolumes({ clock, logger: silent, disk, objects, tokens: new Tokens(client, clock), nodeFacts });
  return { clock, disk, objects, transport, volumes };
};
const withToken = boundPod({ volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } }] });
const withLabels = (labels: { readonly [key: string]: string }) =>
  boundPod(
    { volumes: [{ name: "v", downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } }] },
    { metadata: { labels } },
  );

test("renew a token when four fifths of its life have passed, until the pod is gone", async () => {
  const { clock, disk, volumes } = made();
  assert.equal([...(await volumes.prepare(withToken, signal))], [["v", "/pods/uid-1/v"]]);
  await clock.advance(799_000);
  assert.is(disk.text("uid-1", "v", "token"), "token 1");
  await clock.advance(2_000);
  assert.is(disk.text("uid-1", "v", "token"), "token 2");
  volumes.release("uid-1");
  await clock.advance(10_000_000);
  assert.is(disk.text("uid-1", "v", "token"), "token 2");
});

test("follow the pod's own fields", async () => {
  const { clock, disk, volumes } = made();
  await volumes.prepare(withLabels({ a: "1" }), signal);
  volumes.update(withLabels({ a: "2" }));
  await clock.advance(0);
  assert.is(disk.text("uid-1", "v", "labels"), 'a="2"');
});

test("hold a config map's text and bytes, and name the volume that fails", async () => {
  const { disk, volumes } = made();
  await volumes.prepare(boundPod({ volumes: [{ name: "v", configMap: { name: "settings" } }] }), signal);
  assert.equal([disk.text("uid-1", "v", "a"), disk.text("uid-1", "v", "b")], ["1", "b"]);
  const missing = boundPod({ volumes: [{ name: "v", configMap: { name: "settings", items: [{ key: "z", path: "z" }] } }] });
  const message = await volumes.prepare(missing, signal).then(
    () => "",
    (error: Error) => error.message,
  );
  assert.is(message, 'MountVolume.SetUp failed for volume "v" : configmap references non-existent config key: z');
});

test("watch an object as long as a pod refers to it", async () => {
  const { objects, transport } = made();
  const references = { configMaps: new Set(["settings"]), secrets: new Set<string>() };
  objects.hold("a", "default", references);
  objects.hold("b", "default", references);
  assert.is(transport.streams.length, 1);
  assert.equal(transport.newest.request.options?.fieldSelector, "metadata.name=settings");
  const ended = transport.newest.ended.then(
    () => "closed",
    () => "aborted",
  );
  objects.release("a");
  assert.is((await objects.configMap("default", "settings", signal))?.data?.["a"], "1");
  objects.release("b");
  assert.is(await ended, "aborted");
});
