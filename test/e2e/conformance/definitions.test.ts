// What conformance asks of definitions' published schemas and of strictness about custom objects, with real kubectl.
// upstream: test/e2e/apimachinery/{crd_publish_openapi,field_validation}.go
import * as assert from "uvu/assert";
import type { V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { VERSIONS } from "../support/clients.ts";
import { atDesk, fails, typeAll, type Desk, type Line } from "../support/script.ts";
import { APPLY, MERGE, withWire, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/definitions", 120_000);

const text = { type: "string" };
const OPEN = { "x-kubernetes-preserve-unknown-fields": true };

const FOO = {
  description: "Foo CRD for Testing",
  type: "object",
  properties: {
    spec: {
      type: "object",
      description: "Specification of Foo",
      properties: {
        bars: {
          type: "array",
          description: "List of Bars and their specs.",
          items: {
            type: "object",
            required: ["name"],
            properties: {
              name: { ...text, description: "Name of Bar." },
              bazs: { type: "array", description: "List of Bazs.", items: text },
            },
          },
        },
      },
    },
    template: { type: "object", description: "Any object", "x-kubernetes-embedded-resource": true, ...OPEN },
  },
};
const EMPTY = { type: "object", ...OPEN };
const NESTED = {
  description: "preserve-unknown-properties in nested field for Testing",
  type: "object",
  properties: {
    spec: {
      description: "Specification of Waldo",
      type: "object",
      ...OPEN,
      properties: { dummy: { ...text, description: "Dummy property." } },
    },
  },
};

const STEP = { name: text, protocol: { ...text, enum: ["TCP", "UDP"], default: "TCP" } };
const JOB = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        at: { "x-kubernetes-int-or-string": true },
        replicas: { type: "integer" },
        steps: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name", "protocol"],
          items: { type: "object", required: ["name"], properties: STEP },
        },
      },
    },
    status: { type: "object", properties: { replicas: { type: "integer" } } },
  },
};
const SCALE = { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } };

const version = (name: string, openAPIV3Schema: object, more: object = {}): object => ({
  name,
  served: true,
  storage: name === "v1",
  schema: { openAPIV3Schema },
  ...more,
});

const crd = (group: string, kind: string, versions: readonly object[]): object => {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, labels: { made: "here" } },
    spec: { group, scope: "Namespaced", names: { plural, kind }, versions },
  };
};

const object = (kind: string, rest: object = {}, apiVersion = "a.example.com/v1", metadata: object = {}): object => ({
  apiVersion,
  kind,
  metadata: { name: "one", ...metadata },
  ...rest,
});

/** What the controller of definitions does. */
const establish = (name: string): Line => [
  `patch crd ${name} --subresource=status --type=merge -p '{"status":{"conditions":[{"type":"Established","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"InitialNamesAccepted","message":""}]}}'`,
  `customresourcedefinition.apiextensions.k8s.io/${name} patched`,
];

const defined = (file: string, name: string): readonly Line[] => [
  [`create -f ${file}`, `customresourcedefinition.apiextensions.k8s.io/${name} created`],
  establish(name),
];

const V2 = "--output=plaintext-openapiv2";

const EXPLAINED: readonly Line[] = [
  ...defined("foo.json", "foos.a.example.com"),
  ...defined("empty.json", "empties.a.example.com"),
  ...defined("waldo.json", "waldos.a.example.com"),
  [
    "explain foos",
    /KIND: +Foo[^]*DESCRIPTION:\s+Foo CRD for Testing[^]*apiVersion\s+<string>\s+APIVersion defines[^]*metadata\s+<ObjectMeta>\s+Standard object's metadata[^]*spec\s+<Object>\s+Specification of Foo/,
  ],
  ["explain foos.metadata", /DESCRIPTION:\s+Standard object's metadata[^]*creationTimestamp\s+<string>\s+CreationTimestamp is a timestamp/],
  ["explain foos.spec", /DESCRIPTION:\s+Specification of Foo[^]*bars\s+<\[\]Object>\s+List of Bars and their specs/],
  [
    "explain foos.spec.bars",
    /FIELD: bars <\[\]Object>[^]*List of Bars and their specs[^]*bazs\s+<\[\]string>\s+List of Bazs[^]*name\s+<string> -required-\s+Name of Bar/,
  ],
  ["explain foos.spec.bars2", /VERSION: +v1\s*$/, fails],
  ["explain foos.template", /DESCRIPTION:\s+Any object[^]*kind\s+<string>[^]*metadata\s+<ObjectMeta>/],
  [`explain foos.spec.bars ${V2}`, /List of Bars and their specs[^]*Name of Bar/],
  [`explain foos.metadata ${V2}`, /Standard object's metadata[^]*CreationTimestamp is a timestamp/],
  ["explain empties", /KIND: +Empty[^]*VERSION: +v1[^]*DESCRIPTION:\s+<empty>/],
  [`explain empties ${V2}`, /KIND: +Empty\nVERSION: +a\.example\.com\/v1/],
  ["explain waldos", /DESCRIPTION:\s+preserve-unknown-properties in nested field for Testing/],
  ["explain waldos.spec", /DESCRIPTION:\s+Specification of Waldo[^]*dummy\s+<string>\s+Dummy property/],
];

const WRITTEN: readonly Line[] = [
  ...defined("foo.json", "foos.a.example.com"),
  ...defined("empty.json", "empties.a.example.com"),
  ...defined("waldo.json", "waldos.a.example.com"),
  ["create -f good.json", "foo.a.example.com/one created"],
  ["apply -f good.json", /foo.a.example.com\/one configured$/],
  ["delete foo one", /^foo.a.example.com "one" deleted/],
  ["create -f unknown.json", /strict decoding error: unknown field "spec\.bars\[0\]\.colour"/, fails],
  ["create -f nameless.json", /spec\.bars\[0\]\.name: Required value/, fails],
  ["create -f metadata.json", /strict decoding error: unknown field "metadata\.colour", unknown field "template\.metadata\.shape"$/, fails],
  ["create -f any.json", "empty.a.example.com/one created"],
  ["get empties one -o jsonpath={.spec.deep.down}", "1"],
  ["create -f waldo-one.json", "waldo.a.example.com/one created"],
  ["apply -f waldo-one.json", /configured/],
  ["get waldos one -o jsonpath={.spec.any}", "x"],
];

const MOVED: readonly Line[] = [
  ...defined("job.json", "jobs.a.example.com"),
  ["diff -f one.json", /\+ {2}name: one/, fails],
  ["apply -f one.json --dry-run=server", "job.a.example.com/one created (server dry run)"],
  ["get jobs.a.example.com one", /not found/, fails],
  ["apply -f one.json", "job.a.example.com/one created"],
  ["apply -f one.json", "job.a.example.com/one configured"], // its list has defaults that the file has not
  ["diff -f one.json", ""],
  ["diff -f two.json", /-\s+at: 1\n\+\s+at: 50%[^]*-\s+- name: "y"/, fails],
  ["diff -f two.json --server-side", /\+\s+at: 50%/, fails],
  ["get jobs.a.example.com one -o jsonpath={.spec.steps[*].protocol}{.spec.at}", "TCP UDP1"],
  ["apply -f two.json --server-side", "job.a.example.com/one serverside-applied"],
  ["get jobs.a.example.com one -o jsonpath={.spec.steps[*].name}{.spec.at}", "x50%"],
  ["apply view-last-applied jobs.a.example.com/one -o json", /"at": "50%"/],
  ["get jobs.a.example.com one -o jsonpath={.metadata.managedFields[*].operation} --show-managed-fields", "Apply Apply"],
  ["apply -f one.json", "job.a.example.com/one configured"],
  ["get jobs.a.example.com one -o jsonpath={.spec.steps[*].name}", "x y"],
  [
    "apply -f rival.json --server-side --field-manager=other",
    /conflict with "kubectl-client-side-apply" using a\.example\.com\/v1 at \S+: \.spec\.at/,
    fails,
  ],
  ["apply -f rival.json --server-side --field-manager=other --force-conflicts --dry-run=server", /serverside-applied \(server dry run\)/],
  ["edit jobs.a.example.com one", "job.a.example.com/one edited", { editor: '/name:/s/"y"/z/' }],
  ["replace -f one.json --dry-run=server", "job.a.example.com/one replaced (server dry run)"],
  ["replace -f one.json", "job.a.example.com/one replaced"],
  ["scale jobs.a.example.com one --replicas=3", "job.a.example.com/one scaled"],
  ["get jobs.a.example.com one -o jsonpath={.spec.replicas}", "3"],
  ["label jobs.a.example.com one a=b --dry-run=server", "job.a.example.com/one labeled (server dry run)"],
  ["annotate jobs.a.example.com one a=b", "job.a.example.com/one annotated"],
  [`patch jobs.a.example.com one --type=merge -p '{"spec":{"replicas":2}}' --dry-run=server`, /one patched/],
  ["delete jobs.a.example.com one --dry-run=server", /"one" deleted/],
  ["delete jobs.a.example.com one", /"one" deleted/],
];

const PUBLISHED: readonly Line[] = [
  ...defined("foo.json", "foos.a.example.com"),
  ...defined("bar.json", "bars.a.example.com"),
  ...defined("other.json", "foos.b.example.com"),
  ["explain bars --api-version=a.example.com/v1", /Foo CRD for Testing/],
  ["explain bars --api-version=a.example.com/v2", /Foo CRD for Testing/],
  ["explain foos --api-version=b.example.com/v1", /GROUP: +b\.example\.com[^]*Foo CRD for Testing/],
  [`patch crd bars.a.example.com --type=json -p '[{"op":"replace","path":"/spec/versions/1/name","value":"v3"}]'`, /patched/],
  ["get --raw /openapi/v3/apis/a.example.com/v3", /"com\.example\.a\.v3\.Bar"/],
  ["get --raw /openapi/v3/apis/a.example.com/v2", /NotFound|could not find/, fails],
  [`patch crd bars.a.example.com --type=json -p '[{"op":"replace","path":"/spec/versions/1/served","value":false}]'`, /patched/],
  ["get --raw /openapi/v3/apis/a.example.com/v3", /NotFound|could not find/, fails],
  [`explain bars --api-version=a.example.com/v1 ${V2}`, /Foo CRD for Testing/],
  ["get crd -l made=here -o name", /(customresourcedefinition\S+\n?){3}/],
  ["delete crd -l made=here --wait=false", /"bars.a.example.com" deleted[^]*"foos.a.example.com" deleted[^]*"foos.b.example.com" deleted/],
];

const files = ({ file }: Desk): void => {
  const inA = (kind: string, schema: object): object => crd("a.example.com", kind, [version("v1", schema)]);
  file("foo.json", inA("Foo", FOO));
  file("empty.json", {
    ...(inA("Empty", EMPTY) as { spec: object }),
    metadata: { name: "empties.a.example.com" },
    spec: { group: "a.example.com", scope: "Namespaced", names: { plural: "empties", kind: "Empty" }, versions: [version("v1", EMPTY)] },
  });
  file("waldo.json", inA("Waldo", NESTED));
  file("bar.json", crd("a.example.com", "Bar", [version("v1", FOO), version("v2", FOO)]));
  file("other.json", crd("b.example.com", "Foo", [version("v1", FOO)]));
  file("job.json", crd("a.example.com", "Job", [version("v1", JOB, { subresources: SCALE })]));
  file("one.json", object("Job", { spec: { at: 1, steps: [{ name: "x" }, { name: "y", protocol: "UDP" }] } }));
  file("two.json", object("Job", { spec: { at: "50%", steps: [{ name: "x" }] } }));
  file("rival.json", object("Job", { spec: { at: 2 } }));
  file("good.json", object("Foo", { spec: { bars: [{ name: "a", bazs: ["x"] }] } }));
  file("unknown.json", object("Foo", { spec: { bars: [{ name: "a", colour: 1 }] } }));
  file("nameless.json", object("Foo", { spec: { bars: [{ bazs: [] }] } }));
  const template = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", shape: "round" } };
  file("metadata.json", object("Foo", { template }, "a.example.com/v1", { colour: "red" }));
  file("any.json", object("Empty", { spec: { deep: { down: 1 } } }));
  file("waldo-one.json", object("Waldo", { spec: { any: "x", dummy: "y" } }));
};

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const CONDITION = {
  type: "Established",
  status: "True",
  lastTransitionTime: "2026-01-01T00:00:00Z",
  reason: "InitialNamesAccepted",
  message: "",
};
const ESTABLISHED = { status: { conditions: [CONDITION] } };

const define = async (wire: Wire, definition: object): Promise<void> => {
  const { metadata } = await wire.must("POST", CRDS, { body: definition });
  await wire.must("PATCH", `${CRDS}/${metadata.name}/status`, { body: ESTABLISHED, type: MERGE });
};

test("duplicate fields of custom objects are refused when that is asked for, in JSON and YAML, with a schema and without", () =>
  withWire(async (wire) => {
    await define(wire, crd("a.example.com", "Foo", [version("v1", EMPTY)]));
    const foos = "/apis/a.example.com/v1/namespaces/default/foos";
    const body = '{"apiVersion":"a.example.com/v1","kind":"Foo","metadata":{"name":"one"},"spec":{"a":1,"a":2}}';
    const { code, body: said } = await wire.ask<V1Status>("POST", `${foos}?fieldValidation=Strict`, { body });
    assert.is(code, 400);
    assert.match(said.message ?? "", /strict decoding error: duplicate field "spec\.a"$/);
    const yaml = "apiVersion: a.example.com/v1\nkind: Foo\nmetadata:\n  name: one\nspec:\n  a: 1\n  a: 2\n";
    const applied = await wire.ask<V1Status>("PATCH", `${foos}/one?fieldValidation=Strict&fieldManager=me`, { body: yaml, type: APPLY });
    assert.is(applied.code, 400);
    assert.match(applied.body.message ?? "", /key "a" already set in map/);
    assert.is((await wire.ask("POST", foos, { body })).code, 201);
  }));

const TABLES = [
  ["kubectl moves an object from its own side to the server's and back, edits, compares and tries", MOVED],
  ["kubectl explains what definitions say, also where they leave fields open", EXPLAINED],
  ["kubectl writes what definitions allow and is refused the rest", WRITTEN],
  ["groups, kinds and versions are all published, and follow their definitions", PUBLISHED],
] as const;

for (const release of VERSIONS) {
  for (const [name, lines] of TABLES) {
    test(`${name} (${release})`, () =>
      atDesk(release, async (desk) => {
        files(desk);
        await typeAll(desk.kubectl, lines);
      }));
  }
}
