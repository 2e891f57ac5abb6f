// What conformance asks of the API's machinery, over HTTPS: discovery, watches, chunks, tables, strictness, namespaces.
import * as assert from "uvu/assert";
import type { V1APIGroupList, V1APIResourceList, V1ConfigMap, V1Namespace, V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { MERGE, withWire, type List, type Told, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/machinery", 20_000);

const MAPS = "/api/v1/namespaces/default/configmaps";
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const createMap = (wire: Wire, name: string, more: object = {}): Promise<V1ConfigMap> =>
  wire.must("POST", MAPS, { body: { metadata: { name, ...more }, data: { n: "0" } } });
const setMap = (wire: Wire, name: string, body: object): Promise<V1ConfigMap> =>
  wire.must("PATCH", `${MAPS}/${name}`, { body, type: MERGE });
const shown = (told: readonly Told[]): readonly string[] => told.map(({ type, object }) => `${type} ${object.metadata.name}`);

test("the version has a major and a minor number", () =>
  withWire(async (wire) => {
    const { major, minor } = await wire.must<{ readonly major: string; readonly minor: string }>("GET", "/version");
    assert.match(`${major}.${minor}`, /^1\.\d+$/);
  }));

test("every group has a preferred version, which it serves, and resources in each version", () =>
  withWire(async (wire) => {
    const { groups } = await wire.must<V1APIGroupList>("GET", "/apis");
    assert.ok(groups.length > 15);
    for (const { name, versions, preferredVersion } of groups) {
      assert.ok(
        versions.some(({ version }) => version === preferredVersion?.version),
        name,
      );
      for (const { groupVersion } of versions) {
        const { resources } = await wire.must<V1APIResourceList>("GET", `/apis/${groupVersion}`);
        assert.ok(resources.length > 0, groupVersion);
      }
    }
  }));

test("aggregated discovery has every built-in resource", () =>
  withWire(async (wire) => {
    for (const root of ["/api", "/apis"]) {
      const { headers, body } = await wire.ask<List>("GET", root, { headers: { accept: `${AGGREGATED},application/json` } });
      assert.is(headers["content-type"], AGGREGATED);
      assert.is(body.kind, "APIGroupDiscoveryList");
      const text = JSON.stringify(body);
      const wanted =
        root === "/api" ? ["pods", "services"] : ["deployments", "validatingwebhookconfigurations", "customresourcedefinitions"];
      for (const resource of wanted) assert.match(text, `"resource":"${resource}"`);
    }
  }));

test("aggregated discovery orders resources by name, as kubectl lists what `all` holds", () =>
  withWire(async (wire) => {
    type Group = { readonly versions: readonly { readonly resources: readonly { readonly resource: string }[] }[] };
    const { items } = await wire.must<List<Group>>("GET", "/apis", { headers: { accept: AGGREGATED } });
    for (const { resources } of items.flatMap(({ versions }) => versions)) {
      const names = resources.map(({ resource }) => resource);
      assert.equal(names, names.toSorted());
    }
  }));

test("admissionregistration.k8s.io/v1 and its webhook configurations are in discovery", () =>
  withWire(async (wire) => {
    const { groups } = await wire.must<V1APIGroupList>("GET", "/apis");
    assert.is(groups.find(({ name }) => name === "admissionregistration.k8s.io")?.preferredVersion?.version, "v1");
    const { resources } = await wire.must<V1APIResourceList>("GET", "/apis/admissionregistration.k8s.io/v1");
    for (const wanted of ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"])
      assert.ok(resources.some(({ name }) => name === wanted));
  }));

test("several watchers see exactly the changes that their labels select", () =>
  withWire(async (wire) => {
    const [a, b, both] = [
      await wire.watch(`${MAPS}?labelSelector=watch=a`),
      await wire.watch(`${MAPS}?labelSelector=watch=b`),
      await wire.watch(`${MAPS}?labelSelector=watch+in+(a,b)`),
    ];
    await createMap(wire, "one", { labels: { watch: "a" } });
    await setMap(wire, "one", { data: { n: "1" } });
    await createMap(wire, "two", { labels: { watch: "b" } });
    await wire.must("DELETE", `${MAPS}/one`);
    await wire.must("DELETE", `${MAPS}/two`);
    assert.equal(shown(await a.take(3)), ["ADDED one", "MODIFIED one", "DELETED one"]);
    assert.equal(shown(await b.take(2)), ["ADDED two", "DELETED two"]);
    assert.equal(shown(await both.take(5)), ["ADDED one", "MODIFIED one", "ADDED two", "DELETED one", "DELETED two"]);
    for (const watched of [a, b, both]) watched.stop();
  }));

test("an object that leaves a selector is told as DELETED, one that comes back as ADDED", () =>
  withWire(async (wire) => {
    const watched = await wire.watch(`${MAPS}?labelSelector=watch=a`);
    await createMap(wire, "one", { labels: { watch: "a" } });
    await setMap(wire, "one", { metadata: { labels: { watch: "b" } } });
    await setMap(wire, "one", { data: { n: "unseen" } });
    await setMap(wire, "one", { metadata: { labels: { watch: "a" } } });
    await wire.must("DELETE", `${MAPS}/one`);
    assert.equal(shown(await watched.take(4)), ["ADDED one", "DELETED one", "ADDED one", "DELETED one"]);
    watched.stop();
  }));

test("a watch from a revision tells what came after it, and a new one goes on where an old one ended", () =>
  withWire(async (wire) => {
    await createMap(wire, "one");
    const { metadata } = await setMap(wire, "one", { data: { n: "1" } });
    await setMap(wire, "one", { data: { n: "2" } });
    const first = await wire.watch<V1ConfigMap>(`${MAPS}?resourceVersion=${metadata?.resourceVersion}`);
    const [seen] = await first.take(1);
    assert.is(seen?.object.data?.["n"], "2");
    first.stop();
    await setMap(wire, "one", { data: { n: "3" } });
    await wire.must("DELETE", `${MAPS}/one`);
    const next = await wire.watch(`${MAPS}?resourceVersion=${seen?.object.metadata?.resourceVersion}`);
    assert.equal(shown(await next.take(2)), ["MODIFIED one", "DELETED one"]);
    next.stop();
  }));

test("watches that begin at any revision see the same order", () =>
  withWire(async (wire) => {
    const { metadata } = await wire.must<List>("GET", MAPS);
    const all = await wire.watch(`${MAPS}?resourceVersion=${metadata.resourceVersion}`);
    await Promise.all(Array.from({ length: 20 }, (_, n) => createMap(wire, `m${n}`)));
    const revisions = (await all.take(20)).map(({ object }) => object.metadata.resourceVersion);
    for (const from of [0, 7, 18]) {
      const watched = await wire.watch(`${MAPS}?resourceVersion=${revisions[from]}`);
      const rest = (await watched.take(19 - from)).map(({ object }) => object.metadata.resourceVersion);
      assert.equal(rest, revisions.slice(from + 1));
      watched.stop();
    }
    all.stop();
  }));

test("a list comes in chunks of one revision that say how much is left", () =>
  withWire(async (wire) => {
    for (let n = 0; n < 25; n++) await createMap(wire, `m${String(n).padStart(2, "0")}`);
    const names: string[] = [];
    const revisions = new Set<string | undefined>();
    let from = "";
    do {
      const page: List = await wire.must("GET", `${MAPS}?limit=10&continue=${encodeURIComponent(from)}`);
      names.push(...page.items.map(({ metadata }) => metadata.name ?? ""));
      revisions.add(page.metadata.resourceVersion);
      from = page.metadata.continue ?? "";
      assert.is(page.metadata.remainingItemCount, from === "" ? undefined : 25 - names.length);
      if (names.length === 10) await createMap(wire, "m10x");
    } while (from !== "");
    assert.equal(names, names.toSorted());
    assert.is(names.length, 25, "what came later is not in the list");
    assert.is(revisions.size, 1);
  }));

test("a Table that nobody can make is refused with 406", () =>
  withWire(async (wire) => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const review = { spec: { nonResourceAttributes: { path: "/", verb: "get" } } };
    const { code, body } = await wire.ask<V1Status>("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      body: review,
      headers: { accept },
    });
    assert.is(code, 406);
    assert.is(body.reason, "NotAcceptable");
    const maps = await wire.must<List>("GET", MAPS, { headers: { accept } });
    assert.is(maps.kind, "Table");
  }));

test("unknown and duplicate fields of built-in types are refused when that is asked for, metadata's too", () =>
  withWire(async (wire) => {
    const post = (body: string): ReturnType<typeof wire.ask<V1Status>> => wire.ask("POST", `${MAPS}?fieldValidation=Strict`, { body });
    const unknown = await post('{"metadata":{"name":"a"},"dataa":{},"data":{"k":"1","k":"2"}}');
    assert.is(unknown.code, 400);
    assert.match(unknown.body.message ?? "", /strict decoding error: .*duplicate field "data\.k"/);
    assert.match(unknown.body.message ?? "", /unknown field "dataa"/);
    const metadata = await post('{"metadata":{"name":"a","unknownMeta":"x"}}');
    assert.match(metadata.body.message ?? "", /strict decoding error: unknown field "metadata\.unknownMeta"/);
    const warned = await wire.ask("POST", `${MAPS}?fieldValidation=Warn`, { body: '{"metadata":{"name":"a"},"dataa":{}}' });
    assert.is(warned.code, 201);
    assert.match(String(warned.headers["warning"]), 'unknown field \\"dataa\\"');
  }));

const TEAM = "/api/v1/namespaces/team";
const createTeam = (wire: Wire): Promise<V1Namespace> => wire.must("POST", "/api/v1/namespaces", { body: { metadata: { name: "team" } } });

test("a namespace is patched and updated", () =>
  withWire(async (wire) => {
    await createTeam(wire);
    const patched = await wire.must("PATCH", TEAM, { body: { metadata: { labels: { a: "b" } } }, type: MERGE });
    const labels = { ...patched.metadata.labels, c: "d" };
    const updated = await wire.must("PUT", TEAM, { body: { ...patched, metadata: { ...patched.metadata, labels } } });
    assert.equal(updated.metadata.labels, { "kubernetes.io/metadata.name": "team", a: "b", c: "d" });
  }));

test("a namespace's status has conditions beside its phase", () =>
  withWire(async (wire) => {
    assert.equal((await createTeam(wire)).status, { phase: "Active" });
    const typesOf = ({ status }: V1Namespace): readonly string[] | undefined => status?.conditions?.map(({ type }) => type);
    const conditions = (type: string): object[] => [{ type, status: "True", reason: "test", message: "x" }];
    const body = { status: { conditions: conditions("StatusPatched") } };
    const patched = await wire.must<V1Namespace>("PATCH", `${TEAM}/status`, { body, type: MERGE });
    assert.is(patched.status?.phase, "Active");
    assert.equal(typesOf(patched), ["StatusPatched"]);
    const status = { ...patched.status, conditions: conditions("StatusUpdate") };
    assert.equal(typesOf(await wire.must("PUT", `${TEAM}/status`, { body: { ...patched, status } })), ["StatusUpdate"]);
  }));

test("a finalizer of a namespace is added and removed through finalize", () =>
  withWire(async (wire) => {
    const created = await createTeam(wire);
    assert.equal(created.spec?.finalizers, ["kubernetes"]);
    const put = (finalizers: readonly string[], from: V1Namespace): Promise<V1Namespace> =>
      wire.must("PUT", `${TEAM}/finalize`, { body: { ...from, spec: { finalizers } } });
    const held = await put(["kubernetes", "e2e.example.com/fakeFinalizer"], created);
    assert.equal(held.spec?.finalizers, ["kubernetes", "e2e.example.com/fakeFinalizer"]);
    const freed = await put(["kubernetes"], held);
    assert.equal(freed.spec?.finalizers, ["kubernetes"]);
  }));

for (const kind of ["mutating", "validating"])
  test(`a ${kind} webhook configuration keeps its match conditions and refuses an expression with a mistake`, () =>
    withWire(async (wire) => {
      const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`;
      const webhook = {
        name: "match.example.com",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { url: "https://127.0.0.1:1/never" },
        matchConditions: [{ name: "leases-only", expression: "request.resource.resource == 'leases'" }],
      };
      const body = { metadata: { name: "match" }, webhooks: [webhook] };
      await wire.must("POST", path, { body });
      const expression = "object.metadata.name != 'skip-me'";
      const matchConditions = [{ name: "named", expression }];
      const patched = await wire.must("PATCH", `${path}/match`, { body: { webhooks: [{ ...webhook, matchConditions }] }, type: MERGE });
      assert.match(JSON.stringify(patched["webhooks"]), expression);
      const wrong = [{ name: "wrong", expression: "... [] bad expression" }];
      const refused = await wire.ask<V1Status>("POST", path, {
        body: { metadata: { name: "wrong" }, webhooks: [{ ...webhook, matchConditions: wrong }] },
      });
      assert.is(refused.code, 422);
      assert.match(refused.body.message ?? "", "webhooks[0].matchConditions[0].expression: Invalid value");
      assert.match(refused.body.message ?? "", "compilation failed");
    }));
