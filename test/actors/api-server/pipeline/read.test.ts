import * as assert from "uvu/assert";
import type { V1Secret } from "#api/generated/types.ts";
import type { KubeList, Stored } from "#api/meta/object.ts";
import type { RequestOptions } from "#lib/api.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/read");
const maps = { of: "configmaps", namespace: "shop" } as const;
type List = KubeList<Stored> & { readonly metadata: { readonly continue?: string; readonly remainingItemCount?: number } };

const withMaps = async (names: readonly string[]): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "namespaces", body: { metadata: { name: "shop" } } });
  for (const name of names) {
    await api.must({ ...maps, verb: "create", body: { metadata: { name, labels: { letter: name } } } });
  }
  return api;
};

const list = (api: TestServer, options: RequestOptions = {}): Promise<List> => api.must<List>({ ...maps, verb: "list", options });
const names = ({ items }: List): readonly string[] => items.map(({ metadata }) => metadata.name);

test("a list is ordered by name, whatever the order of creation", async () => {
  const api = await withMaps(["c", "a", "b"]);
  assert.equal(names(await list(api)), ["a", "b", "c"]);
  assert.equal(names(await list(api, { labelSelector: "letter in (a,c)" })), ["a", "c"]);
  assert.equal(names(await list(api, { fieldSelector: "metadata.name=b" })), ["b"]);
  assert.equal(names(await list(api, { fieldSelector: "metadata.name!=b" })), ["a", "c"]);
  const empty = await api.must<List>({ of: "configmaps", namespace: "none", verb: "list" });
  assert.equal(empty.items, []);
  await api.close();
});

test("selectors that cannot be read or are not known are refused", async () => {
  const api = await withMaps([]);
  const ask = async (options: RequestOptions) => (await api.ask({ ...maps, verb: "list", options })).body.message;
  assert.is(await ask({ fieldSelector: "spec.size=3" }), "field label not supported: spec.size");
  assert.match((await ask({ labelSelector: "a in" })) ?? "", /unable to parse requirement/);
  await api.close();
});

test("secrets are selected by their type", async () => {
  const api = await withMaps([]);
  for (const [name, type] of [
    ["a", "example.com/x"],
    ["b", "Opaque"],
  ]) {
    await api.must<V1Secret>({ verb: "create", of: "secrets", namespace: "shop", body: { metadata: { name }, type } });
  }
  const found = await api.must<List>({ verb: "list", of: "secrets", namespace: "shop", options: { fieldSelector: "type=Opaque" } });
  assert.equal(names(found), ["b"]);
  await api.close();
});

test("pages of one list are of one revision, whatever happens meanwhile", async () => {
  const api = await withMaps(["a", "b", "c", "d", "e"]);
  const first = await list(api, { limit: 2 });
  assert.equal(names(first), ["a", "b"]);
  assert.is(first.metadata.remainingItemCount, 3);
  await api.must({ ...maps, verb: "delete", name: "d" });
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "cc" } } });
  await api.must({ ...maps, verb: "delete", name: "a" });
  const second = await list(api, { limit: 2, ...token(first) });
  assert.equal(names(second), ["c", "d"]);
  assert.is(second.metadata.resourceVersion, first.metadata.resourceVersion);
  const third = await list(api, { limit: 2, ...token(second) });
  assert.equal(names(third), ["e"]);
  assert.is(third.metadata.continue, undefined);
  await api.close();
});

const token = ({ metadata }: List): RequestOptions => (metadata.continue === undefined ? {} : { continue: metadata.continue });

test("with a selector nobody counts what remains", async () => {
  const api = await withMaps(["a", "b", "c"]);
  const page = await list(api, { limit: 1, labelSelector: "letter" });
  assert.equal(names(page), ["a"]);
  assert.is(page.metadata.remainingItemCount, undefined);
  assert.equal(names(await list(api, { labelSelector: "letter", ...token(page) })), ["b", "c"]);
  await api.close();
});

test("a token of a forgotten revision gives one that goes on with what is there", async () => {
  const api = await withMaps(["a", "b", "c"]);
  const first = await list(api, { limit: 1 });
  await api.clock.advance(400_000);
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "bb" } } });
  await api.clock.advance(400_000);
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "d" } } });
  const { code, body } = await api.ask({ ...maps, verb: "list", options: { limit: 1, ...token(first) } });
  assert.is(code, 410);
  assert.is(body.reason, "Expired");
  const next = (body.metadata as { continue?: string }).continue ?? "";
  assert.equal(names(await list(api, { continue: next })), ["b", "bb", "c", "d"]);
  assert.is((await api.ask({ ...maps, verb: "list", options: { continue: "nonsense" } })).code, 400);
  await api.close();
});

test("a list is of the revision asked for, where that is remembered", async () => {
  const api = await withMaps(["a"]);
  const { metadata } = await list(api);
  const resourceVersion = metadata.resourceVersion;
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "b" } } });
  assert.equal(names(await list(api, { resourceVersion, resourceVersionMatch: "Exact" })), ["a"]);
  assert.equal(names(await list(api, { resourceVersion, limit: 5 })), ["a"]);
  assert.equal(names(await list(api, { resourceVersion, resourceVersionMatch: "NotOlderThan" })), ["a", "b"]);
  assert.equal(names(await list(api, { resourceVersion })), ["a", "b"]);
  assert.equal(names(await list(api, { resourceVersion: "0" })), ["a", "b"]);
  const old = await api.ask({ ...maps, verb: "list", options: { resourceVersion: "1", resourceVersionMatch: "Exact" } });
  assert.is(old.code, 200);
  await api.close();
});

test("a revision that has not come is waited for a while", async () => {
  const api = await withMaps(["a"]);
  const { metadata } = await list(api);
  const next = String(Number(metadata.resourceVersion) + 1);
  const waiting = list(api, { resourceVersion: next });
  await settled();
  await api.must({ ...maps, verb: "create", body: { metadata: { name: "b" } } });
  assert.equal(names(await waiting), ["a", "b"]);
  const late = api.ask({ ...maps, verb: "list", options: { resourceVersion: "9999" } });
  await api.clock.advance(3_001);
  const { code, body } = await late;
  assert.is(code, 504);
  assert.is(body.message, `Too large resource version: 9999, current: ${next}`);
  assert.is(body.details?.causes?.[0]?.reason, "ResourceVersionTooLarge");
  await api.close();
});

test("options that contradict each other are refused", async () => {
  const api = await withMaps(["a"]);
  const ask = async (options: object) => (await api.ask({ ...maps, verb: "list", options: options as RequestOptions })).body.message;
  assert.match(
    (await ask({ resourceVersionMatch: "Exact" })) ?? "",
    /resourceVersionMatch is forbidden unless resourceVersion is provided/,
  );
  assert.match((await ask({ resourceVersionMatch: "Exact", resourceVersion: "0" })) ?? "", /"exact" is forbidden for resourceVersion "0"/);
  assert.match((await ask({ resourceVersionMatch: "Nearly", resourceVersion: "1" })) ?? "", /Unsupported value: "Nearly"/);
  assert.match((await ask({ resourceVersion: "x" })) ?? "", /invalid syntax/);
  await api.close();
});

test("what has a namespace is written in one, and what has none is not looked for there", async () => {
  const api = await startApiServer();
  const code = async (ask: Parameters<TestServer["ask"]>[0]): Promise<number> => (await api.ask(ask)).code;
  assert.is(await code({ of: "configmaps", verb: "create", body: { metadata: { name: "a", namespace: "default" } } }), 405);
  assert.is(await code({ of: "configmaps", verb: "deletecollection" }), 405);
  assert.is(await code({ of: "configmaps", verb: "get", name: "a" }), 404);
  assert.is(await code({ of: "configmaps", verb: "list" }), 200);
  assert.is(await code({ of: "nodes", verb: "list", namespace: "default" }), 404);
  await api.close();
});

test("options that contradict each other are refused", async () => {
  const api = await withMaps(["a", "b"]);
  const why = async (options: RequestOptions): Promise<string> => (await api.ask({ ...maps, verb: "list", options })).body.message ?? "";
  const { metadata } = await list(api, { limit: 1 });
  const next = { continue: metadata.continue ?? "" };
  assert.is(await why({ ...next, resourceVersion: "5" }), "specifying resource version is not allowed when using continue");
  assert.match(await why({ ...next, resourceVersion: "5", resourceVersionMatch: "Exact" }), /forbidden when continue is provided/);
  assert.match(await why({ sendInitialEvents: true }), /sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list/);
  assert.match(await why({ resourceVersion: "0", resourceVersionMatch: "Exact" }), /is forbidden for resourceVersion "0"/);
  assert.is((await api.ask({ ...maps, verb: "list", options: { ...next, resourceVersion: "0" } })).code, 200);
  await api.close();
});

test("a continue token or a revision that makes no sense is told in upstream's words", async () => {
  const api = await startApiServer();
  const refused = async (options: RequestOptions): Promise<string> => {
    const { code, body } = await api.ask({ of: "configmaps", namespace: "default", verb: "list", options });
    return `${code} ${body.message}`;
  };
  const encoded = (value: unknown): RequestOptions => ({ continue: Buffer.from(JSON.stringify(value)).toString("base64url") });
  const at = "400 invalid continue token: continue key is not valid: ";
  assert.is(await refused({ continue: "abc" }), `${at}invalid character 'i' looking for beginning of value`);
  assert.is(await refused({ continue: "ab*c" }), `${at}illegal base64 data at input byte 2`);
  assert.is(await refused({ continue: "abcde" }), `${at}illegal base64 data at input byte 4`);
  assert.is(await refused(encoded({ v: "x" })), `${at}server does not recognize this encoded version`);
  assert.is(await refused(encoded({ v: "meta.k8s.io/v1" })), `${at}incorrect encoded start resourceVersion (version meta.k8s.io/v1)`);
  assert.is(await refused(encoded({ v: "meta.k8s.io/v1", rv: 1, start: "" })), `${at}encoded start key empty (version meta.k8s.io/v1)`);
  assert.is(
    await refused({ resourceVersion: "abc" }),
    '400 invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  );
  await api.close();
});
