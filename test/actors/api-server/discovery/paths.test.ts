import * as assert from "uvu/assert";
import { discoveryPaths } from "#actors/api-server/discovery/paths.ts";
import { openApiPaths } from "#actors/api-server/discovery/openapi.ts";
import { loadOpenApi } from "#actors/api-server/discovery/openapi-documents.ts";
import { Priorities } from "#actors/api-server/discovery/priorities.ts";
import { NO_REMOTES } from "#actors/api-server/discovery/remotes.ts";
import type { PathHandler } from "#actors/api-server/https/path-handler.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import { apiServices } from "#api/apiregistration/v1/api-service.ts";
import { kinds } from "#api/resources.ts";
import { ApiError } from "#api/meta/status.ts";
import { stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";
import { MemoryObjects } from "../memory-objects.ts";

const test = suite("discovery/paths");
const version = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "",
  goVersion: "",
  compiler: "",
  platform: "linux/amd64",
};
const scheme = new Scheme(kinds);
const objects = new MemoryObjects();
const discovery = discoveryPaths({ scheme, remotes: NO_REMOTES, priorities: new Priorities(objects), address: "127.0.0.1:6443", version });
const openApi = openApiPaths({
  scheme,
  remotes: NO_REMOTES,
  gitVersion: version.gitVersion,
  load: () => loadOpenApi(scheme, version.gitVersion),
});

type Item = { readonly [key: string]: unknown };

/** What lies at a path of a JSON value. */
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce((inner, key) => (inner as { readonly [of: string]: unknown } | undefined)?.[key], value);

/** The item of a list whose `key` is `value`. */
const find = (list: unknown, key: string, value: string): Item =>
  (list as readonly Item[]).find((item) => item[key] === value) ?? assert.unreachable(`no ${value}`) ?? {};

const ask = (handler: PathHandler, url: string, headers: { readonly [name: string]: string } = {}) => {
  const [path = "", query = ""] = url.split("?");
  return handler({ method: "GET", path, query: new URLSearchParams(query), header: (name) => headers[name] });
};

const get = async (...asked: Parameters<typeof ask>) => {
  const { headers = {}, body, ...answer } = (await ask(...asked)) ?? { code: 0, contentType: "", body: new Uint8Array() };
  const text = Buffer.from(body).toString();
  return { ...answer, headers, length: body.length, json: (text === "" ? {} : JSON.parse(text)) as Item };
};
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

test("lists the versions of the core group and the groups", async () => {
  assert.equal((await get(discovery, "/api?timeout=32s")).json, {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1:6443" }],
  });
  const { json } = await get(discovery, "/apis");
  assert.is(json["kind"], "APIGroupList");
  const preferred = { groupVersion: "apps/v1", version: "v1" };
  const apps = { name: "apps", versions: [preferred], preferredVersion: preferred };
  assert.equal(find(json["groups"], "name", "apps"), apps);
  assert.equal((await get(discovery, "/apis/apps")).json, { kind: "APIGroup", apiVersion: "v1", ...apps });
});

test("an APIService that somebody changed says where its group stands, until it is gone", async () => {
  const first = async () => {
    const { json } = await get(discovery, "/apis");
    return [at(json, "groups", 1, "name"), at(json, "groups", 2, "name")];
  };
  assert.equal(await first(), ["apps", "events.k8s.io"]);
  const spec = { group: "batch", version: "v1", groupPriorityMinimum: 17_900, versionPriority: 15 };
  const service = stored({ metadata: { name: "v1.batch" }, spec });
  objects.put(apiServices, service);
  assert.equal(await first(), ["batch", "apps"]);
  const elsewhere = { ...spec, service: { namespace: "default", name: "other" } };
  objects.put(apiServices, { ...service, spec: elsewhere });
  assert.equal(await first(), ["apps", "events.k8s.io"], "what another server answers for is no matter of ours");
  objects.put(apiServices, service);
  objects.remove(apiServices, { name: "v1.batch" });
  assert.equal(await first(), ["apps", "events.k8s.io"]);
});

test("lists resources with names, verbs, subresources and upstream's storage hash", async () => {
  const { json } = await get(discovery, "/api/v1");
  assert.equal([json["kind"], json["groupVersion"]], ["APIResourceList", "v1"]);
  const list = json["resources"] as readonly { readonly name: string }[];
  assert.equal(find(list, "name", "pods"), {
    name: "pods",
    singularName: "pod",
    namespaced: true,
    kind: "Pod",
    verbs: ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
    shortNames: ["po"],
    categories: ["all"],
    storageVersionHash: "xPOwRZ+Yhw8=",
  });
  const subresource = { singularName: "", namespaced: true };
  assert.equal(find(list, "name", "pods/status"), { name: "pods/status", ...subresource, kind: "Pod", verbs: ["get", "patch", "update"] });
  const eviction = { name: "pods/eviction", ...subresource, group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] };
  assert.equal(find(list, "name", "pods/eviction"), eviction);
  const names = list.map(({ name }) => name);
  assert.equal(names, names.toSorted());
});

test("has one document for every group and version", () => {
  for (const { group, version: of } of kinds) {
    assert.ok(ask(discovery, group === "" ? `/api/${of}` : `/apis/${group}/${of}`), group);
  }
  for (const path of ["/apis/nothing", "/apis/nothing/v1", "/", "/foo"]) assert.is(ask(discovery, path), undefined, path);
  const message = "the server could not find the requested resource";
  for (const path of ["/apis/apps/v9", "/api/v9", "/version/x"]) {
    assert.throws(
      () => ask(discovery, path),
      (error: unknown) => error instanceof ApiError && error.code === 404 && error.message === message,
      path,
    );
  }
});

test("gives all of discovery at once to who asks for it", async () => {
  const { json, contentType } = await get(discovery, "/apis", { accept: `application/yaml,${AGGREGATED},application/json` });
  assert.is(contentType, AGGREGATED);
  assert.equal([json["kind"], json["apiVersion"]], ["APIGroupDiscoveryList", "apidiscovery.k8s.io/v2"]);
  const apps = (json["items"] as readonly Item[]).find((group) => at(group, "metadata", "name") === "apps");
  const deployments = find(at(apps, "versions", 0, "resources"), "resource", "deployments");
  assert.equal(deployments["responseKind"], { group: "apps", version: "v1", kind: "Deployment" });
  assert.is(deployments["scope"], "Namespaced");
  const scale = find(deployments["subresources"], "subresource", "scale");
  assert.equal(scale["responseKind"], { group: "autoscaling", version: "v1", kind: "Scale" });
});

test("gives the core group alone, and the older form of the document", async () => {
  const { json } = await get(discovery, "/api", { accept: AGGREGATED.replace("v2", "v2beta1") });
  assert.is(json["apiVersion"], "apidiscovery.k8s.io/v2beta1");
  assert.is(at(json["items"], "length"), 1);
});

test("gives plain discovery to who asks for it first, or for what is not known", async () => {
  for (const accept of [`application/json,${AGGREGATED}`, AGGREGATED.replace("v2", "v9"), "*/*"]) {
    assert.is((await get(discovery, "/apis", { accept })).json["kind"], "APIGroupList", accept);
  }
});

test("sends a document only to who has not got it", async () => {
  const etag = (await get(discovery, "/api/v1")).headers["ETag"] ?? "";
  assert.match(etag, /^"[0-9A-F]{64}"$/);
  const again = await get(discovery, "/api/v1", { "if-none-match": etag });
  assert.equal([again.code, again.length], [304, 0]);
  assert.is((await get(discovery, "/api/v1", { "if-none-match": '"other"' })).code, 200);
});

test("tags each form of a document by itself", async () => {
  const { headers } = await get(discovery, "/apis", { accept: AGGREGATED });
  assert.is.not(headers["ETag"], (await get(discovery, "/apis")).headers["ETag"]);
});

test("says which version it is", async () => assert.equal((await get(discovery, "/version")).json, version));

test("names each OpenAPI document by a hash, and lets clients keep it", async () => {
  const { json } = await get(openApi, "/openapi/v3");
  const url = at(json, "paths", "apis/apps/v1", "serverRelativeURL") as string;
  const document = await get(openApi, url);
  assert.is(document.json["openapi"], "3.0.0");
  assert.ok(at(document.json, "paths", "/apis/apps/v1/namespaces/{namespace}/deployments"));
  assert.match(document.headers["Cache-Control"] ?? "", /immutable/);
  assert.is((await get(openApi, "/openapi/v3/apis/apps/v1?hash=old")).headers["Cache-Control"], "public");
  assert.is(ask(openApi, "/openapi/v3/apis/nothing/v1"), undefined);
});

test("serves OpenAPI v2 as JSON or as Protobuf, and refuses who wants neither", async () => {
  const of = async (accept: string) => (await ask(openApi, "/openapi/v2", { accept })) ?? assert.unreachable();
  assert.is((await get(openApi, "/openapi/v2")).json["swagger"], "2.0");
  assert.is((await of("application/xml, */*"))?.contentType, "application/json");
  const protobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  for (const asked of [protobuf, "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"]) {
    const answer = await of(asked);
    assert.is(answer?.contentType, protobuf);
    assert.equal([...(answer?.body.subarray(0, 5) ?? [])], [0x0a, 3, 0x32, 0x2e, 0x30]); // field 1: "2.0"
  }
  const error = await of("application/xml").catch((failed: unknown) => failed);
  assert.is(error instanceof ApiError && error.code, 406);
});
