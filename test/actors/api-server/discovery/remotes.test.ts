import * as assert from "uvu/assert";
import { FollowedRemotes } from "#actors/api-server/discovery/remotes.ts";
import { silent } from "#lib/log.ts";
import { systemRandom } from "#lib/random.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { answering, FISH, FISH_RESOURCE, fishDiscovery, fishIndex, fishSwagger, MemoryServers } from "./remote-servers.ts";

const test = suite("discovery/remotes");

const WHOLE = {
  "/apis": fishDiscovery(),
  "/openapi/v3": answering(fishIndex("A"), { etag: '"v3"' }),
  "/openapi/v2": answering(fishSwagger, { etag: '"v2"' }),
};

/** What follows a server, with the number of times that it told of a change. */
const following = async (answers: MemoryServers["answers"] = WHOLE, version = FISH) => {
  const clock = new SimulatedClock();
  const servers = new MemoryServers([version], { ...answers });
  const remotes = new FollowedRemotes({ servers, clock, random: systemRandom, log: silent });
  const told = { times: 0 };
  remotes.onChange(() => void told.times++);
  await settled();
  return { clock, servers, remotes, told, of: () => remotes.documents(FISH.name) };
};

test("keeps of what a server says that which belongs to its group and version", async () => {
  const { of, remotes } = await following();
  assert.equal(of()?.discovery.value, { version: "v1", resources: [FISH_RESOURCE], freshness: "Current" });
  assert.equal(Object.keys(of()?.places?.value ?? {}), ["apis/sea.example.com/v1", "apis/sea.example.com"]);
  const { paths, definitions, parameters } = of()?.swagger?.value ?? {};
  assert.equal(Object.keys(paths as object), ["/apis/sea.example.com/v1/fish"]);
  assert.equal(Object.keys(definitions as object).length, 2);
  assert.equal(Object.keys(parameters as object), ["pretty-1"]);
  remotes.close();
});

test("asks again each minute, by the tags that it has, and tells nobody when nothing is new", async () => {
  const { clock, servers, remotes, told } = await following();
  servers.asked.length = 0;
  await clock.advance(59_000);
  assert.equal(servers.asked, []);
  await clock.advance(2_000);
  assert.equal(
    servers.asked.map(({ path, headers }) => [path, headers["If-None-Match"]]),
    [
      ["/apis", '"fish"'],
      ["/openapi/v3", '"v3"'],
      ["/openapi/v2", '"v2"'],
    ],
  );
  assert.is(told.times, 1);
  remotes.close();
  assert.is(clock.nextAt(), undefined);
  assert.is(servers.listeners, 0);
});

test("tells nobody either when a server without tags says the same again, and tells when it says something else", async () => {
  const { clock, servers, remotes, told, of } = await following({ ...WHOLE, "/openapi/v3": answering(fishIndex("A")) });
  await clock.advance(61_000);
  assert.is(told.times, 1);
  servers.answers["/openapi/v3"] = answering(fishIndex("B"));
  await clock.advance(60_000);
  assert.is(told.times, 2);
  assert.match(JSON.stringify(of()?.places?.value), "hash=B");
  remotes.close();
});

test("reads the lists of a server without aggregated discovery, and does without OpenAPI", async () => {
  const list = [
    { name: "fish/scale", singularName: "", namespaced: true, group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get"] },
    { name: "fish", singularName: "fish", namespaced: true, kind: "Fish", verbs: ["get"], shortNames: ["fi"] },
    { name: "ponds/drain", namespaced: false, verbs: ["create"] },
  ];
  const answers = { "/apis": answering({ kind: "APIGroupList", groups: [] }), "/apis/sea.example.com/v1": answering({ resources: list }) };
  const { of, remotes } = await following(answers);
  const none = { group: "", version: "", kind: "" };
  assert.equal(of()?.discovery.value.resources, [
    {
      resource: "fish",
      responseKind: { ...none, kind: "Fish" },
      scope: "Namespaced",
      singularResource: "fish",
      verbs: ["get"],
      shortNames: ["fi"],
      subresources: [{ subresource: "scale", responseKind: { group: "autoscaling", version: "v1", kind: "Scale" }, verbs: ["get"] }],
    },
    {
      resource: "ponds",
      responseKind: none,
      scope: "Cluster",
      subresources: [{ subresource: "drain", responseKind: none, verbs: ["create"] }],
    },
  ]);
  assert.equal([of()?.places, of()?.swagger], [undefined, undefined]);
  remotes.close();
});

test("fills in the kinds that older clients need", async () => {
  const { responseKind: _kind, ...bare } = FISH_RESOURCE;
  const { of, remotes } = await following({ "/apis": fishDiscovery("v2beta1", { ...bare, subresources: [{ subresource: "status" }] }) });
  const none = { group: "", version: "", kind: "" };
  const [resource] = of()?.discovery.value.resources ?? [];
  assert.equal(resource, { ...bare, responseKind: none, subresources: [{ subresource: "status", responseKind: none }] });
  remotes.close();
});

test("a server that fails is stale until it answers again, sooner than in a minute; its OpenAPI stays", async () => {
  const { clock, servers, remotes, of } = await following();
  servers.answers = Object.fromEntries(Object.keys(WHOLE).map((path) => [path, answering({}, { code: 503 })]));
  await clock.advance(61_000);
  assert.equal(of()?.discovery.value, { version: "v1", freshness: "Stale" });
  assert.ok(of()?.swagger);
  servers.answers = { ...WHOLE };
  await clock.advance(5_000);
  assert.is(of()?.discovery.value.freshness, "Current");
  remotes.close();
});

test("waits five seconds for discovery, no longer", async () => {
  const { clock, remotes, of } = await following({ ...WHOLE, "/apis": "silent" });
  await clock.advance(4_900);
  assert.is(of(), undefined);
  await clock.advance(200);
  assert.equal(of()?.discovery.value, { version: "v1", freshness: "Stale" });
  remotes.close();
});

test("what is no such document counts as not said", async () => {
  const deep = answering(JSON.parse(`${"[".repeat(2_000)}${"]".repeat(2_000)}`));
  const unwritable = { ...fishSwagger, definitions: { "com.example.sea.v1.Fish": { properties: null } } };
  for (const wrong of [answering([]), answering({ items: 7 }), answering({}, { body: Buffer.from("{") }), deep, answering(unwritable)]) {
    const contentType = fishDiscovery().contentType;
    const answers = { "/apis": { ...wrong, contentType }, "/openapi/v3": wrong, "/openapi/v2": wrong };
    const { of, remotes } = await following(answers);
    assert.equal(of()?.swagger?.value["paths"] ?? {}, {});
    assert.equal(of()?.places?.value ?? {}, {});
    assert.equal(of()?.discovery.value.resources, undefined);
    remotes.close();
  }
});

test("asks nothing of a server that is not available, and at once when it is", async () => {
  const { servers, remotes, of } = await following(WHOLE, { ...FISH, available: false });
  assert.equal(servers.asked, []);
  assert.equal(of()?.discovery.value, { version: "v1", freshness: "Stale" });
  servers.become([FISH]);
  await settled();
  assert.is(of()?.discovery.value.freshness, "Current");
  servers.become([]);
  assert.is(of(), undefined);
  remotes.close();
});

test("asks again when its APIService has changed in what nobody sees: it may be elsewhere now", async () => {
  const { servers, remotes, told } = await following();
  servers.asked.length = 0;
  servers.become([{ ...FISH }]);
  await settled();
  assert.is(servers.asked.length, 3);
  assert.is(told.times, 1);
  remotes.close();
});

test("one server's change costs another nothing", async () => {
  const { servers, remotes, told, of } = await following();
  servers.asked.length = 0;
  const other = { ...FISH, name: "v1.land.example.com", group: "land.example.com", available: false };
  servers.become([FISH, other]);
  await settled();
  assert.equal(servers.asked, []);
  assert.is(told.times, 3); // that there is another, and that it is stale
  assert.is(of()?.discovery.value.freshness, "Current");
  remotes.close();
});
