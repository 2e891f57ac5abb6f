// Every kind that is stored: a minimal and a maximal example of it are written, read back, patched in all ways and checked
// against the published schema; against upstream's own where the environment variable ORRERY_SWAGGER names it.
import type { Kind } from "#api/kind.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { kinds } from "#api/resources.ts";
import { groupVersionPath } from "#api/schema/openapi-operations.ts";
import { openapiV2 } from "#api/schema/openapi.ts";
import { schemaNames } from "#api/schema/openapi-names.ts";
import { startApiServer, type Ask, type TestServer } from "#test/support/api-server.ts";
import { examplesOf } from "#test/support/examples.ts";
import { misfits, type Definitions } from "#test/support/misfits.ts";
import type { Loose } from "#test/support/kinds.ts";
import { suite } from "#test/support/suite.ts";
import { upstreamDocument } from "#test/support/upstream.ts";
import * as assert from "uvu/assert";

type Stored = Loose & {
  readonly metadata: Loose & {
    readonly name: string;
    readonly labels?: { readonly [key: string]: string };
    readonly finalizers?: unknown[];
  };
};

const test = suite("kinds");

type Document = {
  readonly definitions: Definitions;
  readonly paths: { readonly [path: string]: { readonly [method: string]: { readonly responses: Responses } | undefined } | undefined };
};
type Responses = { readonly [code: string]: { readonly schema?: { readonly $ref?: string } } | undefined };

const document = (upstreamDocument() ?? openapiV2(kinds, { docs: {}, info: { title: "", version: "" } })) as Document;
const { definitions } = document;
const nameOf = schemaNames(kinds);

/** What the published document says that a delete answers. */
const deletedKind = ({ group, version, kind, resource, namespaced }: Kind): unknown => {
  const path = `${groupVersionPath({ group, version })}${namespaced ? "/namespaces/{namespace}" : ""}/${resource}/{name}`;
  const { $ref } = document.paths[path]?.["delete"]?.responses["200"]?.schema ?? {};
  return $ref?.split(".").at(-1) ?? kind;
};

const placeOf = (kind: Kind): Pick<Ask, "of" | "namespace"> => ({
  of: `${kind.resource}.${kind.group}/${kind.version}`,
  namespace: kind.namespaced ? "default" : "",
});

/** What of `given` is not in `stored`, by path: the server adds, it takes nothing away. */
const lost = (given: unknown, stored: unknown, path = ""): readonly string[] => {
  if (typeof given !== "object" || given === null) return given === stored ? [] : [`${path}: ${JSON.stringify(given)}`];
  return Object.entries(given).flatMap(([key, value]) => lost(value, (stored as Loose | undefined)?.[key], `${path}.${key}`));
};

const LABELS = "/metadata/labels";

/** A patch of each form that adds the label of its name. */
const PATCHES: readonly (readonly [type: string, name: string, body: (object: Stored) => unknown])[] = [
  [
    "application/json-patch+json",
    "json",
    ({ metadata }) =>
      metadata.labels === undefined
        ? [{ op: "add", path: LABELS, value: { json: "x" } }]
        : [{ op: "add", path: `${LABELS}/json`, value: "x" }],
  ],
  ["application/merge-patch+json", "merge", () => ({ metadata: { labels: { merge: "x" } } })],
  ["application/strategic-merge-patch+json", "strategic", () => ({ metadata: { labels: { strategic: "x" } } })],
  [
    "application/apply-patch+yaml",
    "apply",
    ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata: { name: metadata.name, labels: { apply: "x" } } }),
  ],
];

/** What a client says of an object, without what the server notes at each write. */
const said = ({ metadata, ...rest }: Stored): unknown => ({
  ...rest,
  metadata: Object.fromEntries(Object.entries(metadata).filter(([field]) => !["managedFields", "resourceVersion"].includes(field))),
});

/** Each form of a patch, by which an object is to become what it is. */
const SAME: readonly (readonly [type: string, body: (object: Stored) => unknown])[] = [
  ["application/json-patch+json", (object) => [{ op: "replace", path: "", value: object }]],
  ["application/merge-patch+json", (object) => object],
  ["application/strategic-merge-patch+json", (object) => object],
  ["application/apply-patch+yaml", said],
];

/** An object that is patched with itself stays as it is: the first apply changes its managers alone, the second nothing at all. */
const patchWithItself = async (api: TestServer, kind: Kind, name: string): Promise<void> => {
  const place = { ...placeOf(kind), name };
  for (const [type, body] of SAME) {
    const options = body === said ? { fieldManager: "self", force: true } : {};
    const now = await api.must<Stored>({ ...place, verb: "get" });
    const first = await api.must<Stored>({ ...place, verb: "patch", type, options, body: body(now) });
    assert.equal(said(first), said(now), type);
    assert.equal(await api.must<Stored>({ ...place, verb: "patch", type, options, body: body(first) }), first, type);
  }
};

const patchAll = async (api: TestServer, kind: Kind, name: string): Promise<void> => {
  const place = { ...placeOf(kind), name };
  for (const [type, label, body] of PATCHES) {
    const now = await api.must<Stored>({ ...place, verb: "get" });
    const options = label === "apply" ? { fieldManager: "test" } : {};
    await api.must({ ...place, verb: "patch", type, body: body(now), options });
  }
  const { metadata } = await api.must<Stored>({ ...place, verb: "get" });
  for (const [, label] of PATCHES) assert.is(metadata.labels?.[label], "x", label);
};

/** A server with what pods need. */
const serve = async (): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must({ of: "serviceaccounts", verb: "create", namespace: "default", body: { metadata: { name: "default" } } });
  return api;
};

const walk = async (kind: Kind, example: Loose): Promise<void> => {
  const api = await serve();
  const place = placeOf(kind);
  const given = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...example };
  const { metadata } = await api.must<Stored>({ ...place, verb: "create", body: given, options: { fieldValidation: "Strict" } });
  const stored = await api.must<Stored>({ ...place, verb: "get", name: metadata.name });
  assert.equal(lost(given, stored), []);
  assert.equal(misfits(definitions, nameOf(kind.model), stored), []);
  await api.must({ ...place, verb: "update", name: metadata.name, body: stored });
  await patchWithItself(api, kind, metadata.name);
  await patchAll(api, kind, metadata.name);
  const patched = await api.must<Stored>({ ...place, verb: "get", name: metadata.name });
  assert.equal(misfits(definitions, nameOf(kind.model), patched), []);
  const table = await api.must<Loose>({ ...place, verb: "list", accept: "application/json;as=Table;v=v1;g=meta.k8s.io" });
  assert.ok((table["rows"] as readonly unknown[]).length > 0);
  const { kind: answered } = await api.must<Loose>({ ...place, verb: "delete", name: metadata.name });
  const { code } = await api.ask({ ...place, verb: "get", name: metadata.name });
  assert.is(answered, code === 404 ? deletedKind(kind) : kind.kind);
  await api.close();
};

for (const kind of kinds.filter(({ bucket }) => bucket !== "none")) {
  const name = `${kind.kind} of ${apiVersionOf(kind)}`;
  const both = examplesOf(kind);
  test(`a minimal ${name} is kept, patched and fits its schema`, () => walk(kind, both?.minimal ?? {}));
  test(`a maximal ${name} is kept, patched and fits its schema`, () => walk(kind, both?.maximal ?? {}));
}
