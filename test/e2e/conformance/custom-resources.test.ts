// What conformance asks of CustomResourceDefinitions, over HTTPS and with kubectl: definitions, defaults, strictness, documents.
import * as assert from "uvu/assert";
import type { V1APIResourceList, V1CustomResourceDefinition, V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { VERSIONS } from "../support/clients.ts";
import { atDesk, fails, typeAll } from "../support/script.ts";
import { MERGE, withWire as withServer, type Any, type List, type Wire } from "../support/wire.ts";
import { establishDefinitions } from "../support/definitions.ts";

const test = suite("e2e/conformance/custom-resources", 30_000);

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const ANY = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const spec = {
  type: "object",
  description: "What is wished",
  properties: {
    bars: {
      type: "array",
      items: { type: "object", required: ["name"], properties: { name: { type: "string" }, age: { type: "integer" } } },
    },
    pod: { ...ANY, description: "Anything at all" },
  },
};
const SCHEMA = { type: "object", description: "A Foo of the tests", properties: { spec } };

type Wishes = { readonly group?: string; readonly versions?: readonly string[]; readonly kind?: string; readonly labels?: object };

const definition = (schema: object, { group = "e2e.example.com", versions = ["v1"], kind = "Foo", labels = {} }: Wishes = {}): object => {
  const singular = kind.toLowerCase();
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${singular}s.${group}`, labels },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural: `${singular}s`, singular, listKind: `${kind}List` },
      versions: versions.map((name, place) => ({ name, served: true, storage: place === 0, schema: { openAPIV3Schema: schema } })),
    },
  };
};

const withWire = (body: (wire: Wire) => Promise<void>): Promise<void> =>
  withServer(async (wire, { access }) => {
    const stop = establishDefinitions(access);
    await body(wire).finally(stop);
  });

const isEstablished = ({ status }: V1CustomResourceDefinition): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;

/** Creates a definition, and waits until it is established. */
const define = async (wire: Wire, schema: object, wishes: Wishes = {}): Promise<V1CustomResourceDefinition> => {
  const { metadata } = await wire.must("POST", CRDS, { body: definition(schema, wishes) });
  const watched = await wire.watch<V1CustomResourceDefinition>(`${CRDS}?fieldSelector=metadata.name=${metadata.name}`);
  for (;;) {
    const { object } = await watched.next();
    if (!isEstablished(object)) continue;
    watched.stop();
    return object;
  }
};
const FOOS = "/apis/e2e.example.com/v1/namespaces/default/foos";

/** The names of the definitions in OpenAPI v2, and the paths of v3. */
const published = async (wire: Wire): Promise<{ readonly v2: readonly string[]; readonly v3: readonly string[] }> => {
  const { definitions } = await wire.must<{ readonly definitions: object }>("GET", "/openapi/v2");
  const { paths } = await wire.must<{ readonly paths: object }>("GET", "/openapi/v3");
  return { v2: Object.keys(definitions), v3: Object.keys(paths) };
};

test("definitions are watched, listed by label and deleted as a collection", () =>
  withWire(async (wire) => {
    const watched = await wire.watch(`${CRDS}?labelSelector=set=ten`);
    for (let n = 0; n < 10; n++) await define(wire, ANY, { kind: `Foo${n}`, labels: { set: "ten" } });
    assert.is((await wire.must<List>("GET", `${CRDS}?labelSelector=set=ten`)).items.length, 10);
    await wire.must("DELETE", `${CRDS}?labelSelector=set=ten`);
    const left = new Map<string, string>();
    while (left.size < 10 || [...left.values()].some((type) => type !== "DELETED")) {
      const [told] = await watched.take(1);
      left.set(told?.object.metadata.name ?? "", told?.type ?? "");
    }
    assert.equal((await wire.must<List>("GET", `${CRDS}?labelSelector=set=ten`)).items, []);
    watched.stop();
  }));

test("a definition's status is read, patched and updated", () =>
  withWire(async (wire) => {
    await define(wire, ANY);
    const path = `${CRDS}/foos.e2e.example.com/status`;
    const read = await wire.must<V1CustomResourceDefinition>("GET", path);
    const condition = {
      type: "StatusUpdate",
      status: "True",
      reason: "E2E",
      message: "Set by a test",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    };
    const conditions = [...(read.status?.conditions ?? []), condition];
    const put = await wire.must<V1CustomResourceDefinition>("PUT", path, { body: { ...read, status: { ...read.status, conditions } } });
    assert.ok(put.status?.conditions?.some(({ type }) => type === "StatusUpdate"));
    await wire.must("PATCH", path, { body: { metadata: { annotations: { note: "x" } } }, type: MERGE });
  }));

test("a definition's resources are in discovery, plain and aggregated, and in both documents", () =>
  withWire(async (wire) => {
    await define(wire, SCHEMA);
    const { resources } = await wire.must<V1APIResourceList>("GET", "/apis/e2e.example.com/v1");
    assert.equal(
      resources.map(({ name }) => name),
      ["foos"],
    );
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    assert.match(JSON.stringify(await wire.must("GET", "/apis", { headers: { accept } })), '"resource":"foos"');
    const { v2, v3 } = await published(wire);
    assert.ok(v2.includes("com.example.e2e.v1.Foo"));
    assert.ok(v3.includes("apis/e2e.example.com/v1"));
  }));

test("several groups, several versions and several kinds of one version are published", () =>
  withWire(async (wire) => {
    await define(wire, SCHEMA, { versions: ["v2", "v3"] });
    await define(wire, SCHEMA, { group: "other.example.com" });
    await define(wire, SCHEMA, { group: "other.example.com", kind: "Bar" });
    const { v2 } = await published(wire);
    for (const wanted of ["e2e.v2.Foo", "e2e.v3.Foo", "other.v1.Foo", "other.v1.Bar"])
      assert.ok(v2.includes(`com.example.${wanted}`), wanted);
  }));

test("documents follow when a version is renamed, and when it is no longer served", () =>
  withWire(async (wire) => {
    const { spec: wished } = await define(wire, SCHEMA, { versions: ["v2", "v3"] });
    const path = `${CRDS}/foos.e2e.example.com`;
    const [first, second] = wished?.versions ?? [];
    await wire.must("PATCH", path, { body: { spec: { versions: [first, { ...second, name: "v4" }] } }, type: MERGE });
    const renamed = await published(wire);
    assert.equal([renamed.v2.includes("com.example.e2e.v4.Foo"), renamed.v2.includes("com.example.e2e.v3.Foo")], [true, false]);
    await wire.must("PATCH", path, { body: { spec: { versions: [first, { ...second, name: "v4", served: false }] } }, type: MERGE });
    const served = await published(wire);
    assert.equal([served.v2.includes("com.example.e2e.v2.Foo"), served.v2.includes("com.example.e2e.v4.Foo")], [true, false]);
  }));

test("defaults of the schema are given to requests and to what was stored before", () =>
  withWire(async (wire) => {
    const withDefault = (value: object): object => ({
      type: "object",
      properties: { a: { type: "string", ...value }, b: { type: "string" } },
    });
    await define(wire, withDefault({ default: "A" }));
    const path = `${CRDS}/foos.e2e.example.com`;
    const foo = { apiVersion: "e2e.example.com/v1", kind: "Foo", metadata: { name: "one" } };
    assert.is((await wire.must("POST", FOOS, { body: foo }))["a"], "A");
    const { spec: wished } = await wire.must<V1CustomResourceDefinition>("GET", path);
    const [version] = wished?.versions ?? [];
    const openAPIV3Schema = { type: "object", properties: { a: { type: "string" }, b: { type: "string", default: "B" } } };
    await wire.must("PATCH", path, { body: { spec: { versions: [{ ...version, schema: { openAPIV3Schema } }] } }, type: MERGE });
    const stored = await wire.must("GET", `${FOOS}/one`);
    assert.equal([stored["a"], stored["b"]], ["A", "B"]);
  }));

const strictly = (wire: Wire, body: string | object): Promise<{ readonly code: number; readonly body: V1Status & Any }> =>
  wire.ask("POST", `${FOOS}?fieldValidation=Strict`, { body });
const fooText = (rest: string): string => `{"apiVersion":"e2e.example.com/v1","kind":"Foo","metadata":{"name":"one"}${rest}}`;

test("strictness: without a schema anything is taken but what is said twice; with one, what it knows", async () => {
  await withWire(async (wire) => {
    await define(wire, ANY);
    assert.is((await strictly(wire, fooText(',"unknown":{"x":1}'))).code, 201);
    const twice = await strictly(wire, fooText(',"spec":{"a":1,"a":2}'));
    assert.is(twice.code, 400);
    assert.match(twice.body.message ?? "", 'strict decoding error: duplicate field "spec.a"');
    const meta = await strictly(wire, '{"apiVersion":"e2e.example.com/v1","kind":"Foo","metadata":{"name":"two","unknownMeta":"x"}}');
    assert.match(meta.body.message ?? "", 'unknown field "metadata.unknownMeta"');
  });
  await withWire(async (wire) => {
    await define(wire, SCHEMA);
    const extra = await strictly(wire, fooText(',"spec":{"bars":[{"name":"x","extra":1}]}'));
    assert.is(extra.code, 400);
    assert.match(extra.body.message ?? "", 'strict decoding error: unknown field "spec.bars[0].extra"');
    assert.is((await strictly(wire, fooText(',"spec":{"bars":[{"name":"x","age":1}]}'))).code, 201);
  });
});

for (const version of VERSIONS)
  test(`kubectl ${version} validates by the published schema and explains it, with one, without one, and where unknown fields are kept`, () =>
    atDesk(version, async ({ kubectl, file, access }) => {
      const stop = establishDefinitions(access);
      file("crd.json", definition(SCHEMA));
      file("loose.json", definition(ANY, { kind: "Loose" }));
      const foo = (name: string, wish: object): object => ({
        apiVersion: "e2e.example.com/v1",
        kind: "Foo",
        metadata: { name },
        spec: wish,
      });
      file("good.json", foo("good", { bars: [{ name: "x", age: 3 }], pod: { any: { thing: 1 } } }));
      file("unknown.json", foo("unknown", { bars: [{ name: "x", feeling: "Great" }] }));
      file("missing.json", foo("missing", { bars: [{ age: 3 }] }));
      file("any.json", { apiVersion: "e2e.example.com/v1", kind: "Loose", metadata: { name: "any" }, a: 1, spec: { b: [{}] } });
      await typeAll(kubectl, [
        ["create -f crd.json -f loose.json", /foos\.e2e\.example\.com created\n.*looses\.e2e\.example\.com created/],
        ["wait crd --all --for=condition=Established --timeout=10s", /foos\.e2e\.example\.com condition met/],
        ["create -f good.json", "foo.e2e.example.com/good created"],
        ["apply -f good.json", /foo\.e2e\.example\.com\/good configured/],
        ["create -f unknown.json", /unknown field "spec\.bars\[0\]\.feeling"/, fails],
        ["create -f missing.json", /spec\.bars\[0\]\.name: Required value|missing required field "name"/, fails],
        ["create -f any.json", "loose.e2e.example.com/any created"],
        ["apply -f any.json", /loose\.e2e\.example\.com\/any configured/],
        ["explain foos", /KIND: +Foo[^]*DESCRIPTION:\s+A Foo of the tests/],
        ["explain foos.spec", /DESCRIPTION:\s+What is wished[^]*bars\s+<\[\]Object>/],
        ["explain foos.spec.bars", /age\s+<integer>[^]*name\s+<string> -required-/],
        ["explain foos.spec.pod", /DESCRIPTION:\s+Anything at all/],
        ["explain foos.spec.nope", /^GROUP: +e2e\.example\.com\nKIND: +Foo/, fails],
        ["explain looses", /KIND: +Loose[^]*DESCRIPTION:\s+<empty>/],
        ["delete crd foos.e2e.example.com", /customresourcedefinition\.apiextensions\.k8s\.io "foos\.e2e\.example\.com" deleted/],
      ]).finally(stop);
    }));
