import * as assert from "uvu/assert";
import { loadOpenApi } from "#actors/api-server/discovery/openapi-documents.ts";
import { openApiPaths } from "#actors/api-server/discovery/openapi.ts";
import { discoveryPaths } from "#actors/api-server/discovery/paths.ts";
import { Priorities } from "#actors/api-server/discovery/priorities.ts";
import { FollowedRemotes } from "#actors/api-server/discovery/remotes.ts";
import { firstHandler } from "#actors/api-server/https/path-handler.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import type { AggregatedVersion } from "#actors/api-server/aggregation/aggregated-servers.ts";
import { ApiError, failure } from "#api/meta/status.ts";
import { kinds } from "#api/resources.ts";
import { silent } from "#lib/log.ts";
import { systemRandom } from "#lib/random.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { version } from "../dev-server.ts";
import { MemoryObjects } from "../memory-objects.ts";
import { answering, FISH, FISH_RESOURCE, fishDiscovery, fishIndex, fishSwagger, MemoryServers } from "./remote-servers.ts";

const test = suite("discovery/remote-paths");

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const ANSWERS = {
  "/apis": fishDiscovery(),
  "/openapi/v3": answering(fishIndex("A")),
  "/openapi/v2": answering(fishSwagger),
  "/openapi/v3/apis/sea.example.com/v1": answering({ openapi: "3.0.0" }, { etag: '"doc"' }),
};

type Item = { readonly [key: string]: unknown };

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce((inner, key) => (inner as { readonly [of: string]: unknown } | undefined)?.[key], value);

/** A server that knows of another one. */
const serving = async (versions: readonly AggregatedVersion[] = [FISH], answers: MemoryServers["answers"] = ANSWERS) => {
  const servers = new MemoryServers(versions, { ...answers });
  const scheme = new Scheme(kinds);
  const remotes = new FollowedRemotes({ servers, clock: new SimulatedClock(), random: systemRandom, log: silent });
  const handler = firstHandler([
    discoveryPaths({ scheme, remotes, priorities: new Priorities(new MemoryObjects()), address: "127.0.0.1:6443", version }),
    openApiPaths({ scheme, remotes, gitVersion: version.gitVersion, load: () => loadOpenApi(scheme, version.gitVersion) }),
  ]);
  await settled();
  const ask = (url: string, headers: { readonly [name: string]: string } = {}) => {
    const [path = "", query = ""] = url.split("?");
    return handler({ method: "GET", path, query: new URLSearchParams(query), header: (name) => headers[name] });
  };
  const json = async (...asked: Parameters<typeof ask>): Promise<Item> =>
    JSON.parse(Buffer.from((await ask(...asked)).body).toString()) as Item;
  return { servers, remotes, ask, json };
};

test("lists the group of another server, and leaves the list of its resources to it", async () => {
  const { ask, json, remotes } = await serving();
  const found = { groupVersion: "sea.example.com/v1", version: "v1" };
  const group = { name: "sea.example.com", versions: [found], preferredVersion: found };
  assert.equal((at(await json("/apis"), "groups") as readonly Item[]).at(-1), group);
  assert.equal(await json("/apis/sea.example.com"), { kind: "APIGroup", apiVersion: "v1", ...group });
  assert.is((await ask("/apis/sea.example.com/v1")).code, 404);
  remotes.close();
});

test("gives its resources with all of discovery, again when they change", async () => {
  const { json, servers, remotes } = await serving();
  const last = async () => (at(await json("/apis", { accept: AGGREGATED }), "items") as readonly Item[]).at(-1);
  assert.equal(await last(), {
    metadata: { name: "sea.example.com", creationTimestamp: null },
    versions: [{ version: "v1", resources: [FISH_RESOURCE], freshness: "Current" }],
  });
  servers.become([{ ...FISH, available: false }]);
  await settled();
  assert.equal(at(await last(), "versions"), [{ version: "v1", freshness: "Stale" }]);
  servers.become([]);
  assert.is.not(at(await last(), "metadata", "name"), "sea.example.com");
  remotes.close();
});

test("does not list with all of discovery what nobody has been asked for yet", async () => {
  const { json, remotes } = await serving([FISH], { "/apis": "silent" });
  const items = at(await json("/apis", { accept: AGGREGATED }), "items") as readonly Item[];
  assert.not(items.some((item) => at(item, "metadata", "name") === "sea.example.com"));
  assert.ok((at(await json("/apis"), "groups") as readonly Item[]).some(({ name }) => name === "sea.example.com"));
  remotes.close();
});

test("names its OpenAPI v3 documents by its own hashes, and passes them on", async () => {
  const { ask, json, servers, remotes } = await serving();
  const paths = (await json("/openapi/v3"))["paths"] as Item;
  const url = at(paths, "apis/sea.example.com/v1", "serverRelativeURL") as string;
  assert.is(url, "/openapi/v3/apis/sea.example.com/v1?hash=A");
  assert.match(JSON.stringify(paths["api/v1"]), /hash=[0-9A-F]{32}/);
  const found = await ask(url, { accept: "application/json", "if-none-match": '"old"' });
  assert.equal([found.code, Buffer.from(found.body).toString()], [200, '{"openapi":"3.0.0"}']);
  assert.match(found.headers?.["Cache-Control"] ?? "", /immutable/);
  assert.equal(servers.asked.at(-1), { path: url, headers: { Accept: "application/json", "If-None-Match": '"old"' } });
  assert.is((await ask(url, { "if-none-match": '"doc"' })).code, 304);
  assert.is((await ask(url.replace("=A", "=B"))).headers?.["Cache-Control"], undefined);
  assert.is((await ask("/openapi/v3/constructor")).code, 404);
  assert.is((await ask("/openapi/v3/version")).code, 404);
  remotes.close();
});

test("writes the OpenAPI v3 document of a server that has none, from what that says in version 2", async () => {
  const { ask, json, remotes } = await serving([FISH], { ...ANSWERS, "/openapi/v3": undefined });
  const url = at(await json("/openapi/v3"), "paths", "apis/sea.example.com/v1", "serverRelativeURL") as string;
  assert.match(url, /\?hash=[0-9A-F]{64}$/);
  const document = await json(url);
  assert.is(document["openapi"], "3.0.0");
  assert.is(at(document, "components", "schemas", "com.example.sea.v1.Fish", "description"), "Swims.");
  assert.match((await ask(url)).headers?.["Cache-Control"] ?? "", /immutable/);
  remotes.close();
});

test("is told when its document cannot be had", async () => {
  const { ask, servers, remotes } = await serving();
  servers.get = () => Promise.reject(failure("ServiceUnavailable", "service unavailable"));
  const failed = await Promise.resolve(ask("/openapi/v3/apis/sea.example.com/v1")).catch((error: unknown) => error);
  assert.is(failed instanceof ApiError && failed.code, 503);
  remotes.close();
});

test("adds its paths and definitions to OpenAPI v2, in both forms, and takes them away again", async () => {
  const { ask, json, servers, remotes } = await serving();
  const document = await json("/openapi/v2");
  assert.ok(at(document, "paths", "/apis/sea.example.com/v1/fish"));
  assert.ok(at(document, "paths", "/api/v1/pods"));
  assert.not(at(document, "paths", "/apis/apps/v1/intruders"));
  const metadata = at(document, "definitions", "com.example.sea.v1.Fish", "properties", "metadata", "$ref");
  assert.is(metadata, `#/definitions/${META}_v2`);
  const protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  const text = async () => Buffer.from((await ask("/openapi/v2", { accept: protobuf })).body).toString();
  assert.match(await text(), "com.example.sea.v1.Fish");
  assert.match(await text(), "#/parameters/pretty-1");
  servers.become([]);
  assert.not.match(await text(), "com.example.sea.v1.Fish");
  assert.not(at(await json("/openapi/v2"), "paths", "/apis/sea.example.com/v1/fish"));
  remotes.close();
});

test("a group and version of ours that another server is registered for is described by that server", async () => {
  const taken = { ...FISH, name: "v1.apps", group: "apps" };
  const index = { paths: { "apis/apps/v1": { serverRelativeURL: "/openapi/v3/apis/apps/v1?hash=T" } } };
  const { json, ask, remotes } = await serving([taken], { "/apis": fishDiscovery(), "/openapi/v3": answering(index) });
  assert.is(at(await json("/openapi/v3"), "paths", "apis/apps/v1", "serverRelativeURL"), "/openapi/v3/apis/apps/v1?hash=T");
  const items = at(await json("/apis", { accept: AGGREGATED }), "items") as readonly Item[];
  const apps = items.find((item) => at(item, "metadata", "name") === "apps");
  assert.is(at(apps, "versions", 0, "resources", 0, "resource"), "intruders");
  const refusal: unknown = await ask("/apis/apps/v1").catch((error: unknown) => error);
  assert.ok(refusal instanceof ApiError && refusal.code === 404);
  remotes.close();
});
