import { modelCodec } from "#api/schema/codec.ts";
import { decode } from "#api/schema/decode.ts";
import { type BodyFormat, parseBody } from "#api/schema/parse.ts";
import { parseYaml } from "#api/schema/yaml-text.ts";
import { ApiError } from "#api/meta/status.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("parse");

const read = (text: string, contentType: BodyFormat["contentType"] = "json") =>
  parseBody(new TextEncoder().encode(text), { contentType, kind: "Pod" });

const problem = (text: string, contentType?: BodyFormat["contentType"]): string => {
  try {
    read(text, contentType);
  } catch (error) {
    if (error instanceof ApiError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "no problem";
};

const PREFIX = "400 the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: ";

test("any JSON object is read as JSON.parse reads it", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const text = JSON.stringify({ ...value, apiVersion: "v1", kind: "Pod" });
      const body = read(text);
      assert.equal(body.value, JSON.parse(text));
      assert.is(body.duplicates([]), undefined);
    }),
  );
});

test("what is no JSON object is named, with its beginning", () => {
  assert.is(problem(""), `${PREFIX}unexpected end of JSON input (<empty>)`);
  assert.is(problem('{"a":'), `${PREFIX}unexpected end of JSON input ({"a":)`);
  assert.is(problem("kind: Pod"), `${PREFIX}invalid character 'k' looking for beginning of value (6b696e643a20506f64)`);
  assert.is(
    problem(`{"a": x${" ".repeat(40)}`),
    `${PREFIX}invalid character 'x' looking for beginning of value ({"a": x${" ".repeat(23)} ...)`,
  );
  assert.match(problem("[]"), "json: cannot unmarshal array into Go value of type struct { APIVersion string");
  assert.match(problem('"x"'), "json: cannot unmarshal string into Go value of type struct");
  assert.match(problem('{"kind":1}'), "json: cannot unmarshal number into Go struct field .kind of type string");
  assert.match(problem('{"apiVersion":{}}'), "json: cannot unmarshal object into Go struct field .apiVersion of type string");
  assert.equal(read("null").value, {});
  assert.equal(read(' {"kind":null} ').value, { kind: null });
});

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

test("too many bytes, or too many levels, are refused", () => {
  const bytes = new TextEncoder().encode('{"a":1}');
  assert.throws(
    () => parseBody(bytes, { contentType: "json", kind: "Pod" }, { maxBytes: 6 }),
    (error: ApiError) => error.code === 413 && error.message === "Request entity too large: limit is 6",
  );
  assert.is(problem(deep(500)), "no problem");
  assert.match(problem(deep(600)), "exceeded max depth");
  assert.match(problem(deep(100_000)), "exceeded max depth");
  assert.match(problem(`a: ${"[".repeat(50_000)}`, "yaml"), "exceeded max depth");
});

const deployment = `{
  "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
  "spec": {
    "unknown1": "a", "unknownDupe": {"x": 1, "x": 2}, "unknownDupe": "c",
    "paused": true, "paused": false,
    "template": {"spec": {"containers": [
      {"name": "web", "unknownNested": "a", "imagePullPolicy": "Always", "imagePullPolicy": "Never"}]}}}}`;
const findings = [
  'unknown field "spec.unknown1"',
  'unknown field "spec.unknownDupe"',
  'duplicate field "spec.paused"',
  'unknown field "spec.template.spec.containers[0].unknownNested"',
  'duplicate field "spec.template.spec.containers[0].imagePullPolicy"',
];

test("unknown and duplicate fields are reported in the order written", () => {
  const { value, duplicates } = read(deployment);
  const { warnings, object } = decode(modelCodec("V1Deployment"), value, { fieldValidation: "Warn", duplicates });
  assert.equal(warnings, findings);
  assert.is((object["spec"] as { paused: boolean }).paused, false);
  assert.equal(decode(modelCodec("V1Deployment"), value, { fieldValidation: "Ignore", duplicates }).warnings, []);
  assert.throws(
    () => decode(modelCodec("V1Deployment"), value, { fieldValidation: "Strict", duplicates }),
    (error: ApiError) =>
      error.code === 400 &&
      error.message === `Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ${findings.join(", ")}`,
  );
});

test("keys that differ only in how they are written are the same key", () => {
  const { value, duplicates } = read(String.raw`{"metadata": {"name": "a", "n\u0061me": "b"}}`);
  assert.equal(decode(modelCodec("V1Pod"), value, { fieldValidation: "Warn", duplicates }).warnings, ['duplicate field "metadata.name"']);
});

const yaml = `apiVersion: apps/v1
kind: Deployment
spec:
  unknown1: a
  unknownDupe: a
  unknownDupe: b
  paused: true
  "paused": false
  template:
    spec:
      containers:
      - name: web
        unknownNested: a
`;

test("YAML names its duplicates by line, and unknown fields by name", () => {
  const { value, duplicates } = read(yaml, "yaml");
  const lines = ['line 6: key "unknownDupe" already set in map', 'line 8: key "paused" already set in map'];
  const fields = ["spec.template.spec.containers[0].unknownNested", "spec.unknown1", "spec.unknownDupe"].map(
    (path) => `unknown field "${path}"`,
  );
  assert.equal(decode(modelCodec("V1Deployment"), value, { fieldValidation: "Warn", duplicates }).warnings, [...lines, ...fields]);
  assert.throws(
    () => decode(modelCodec("V1Deployment"), value, { fieldValidation: "Strict", duplicates }),
    (error: ApiError) =>
      error.message.endsWith(`strict decoding error: yaml: unmarshal errors:\n  ${lines.join("\n  ")}, ${fields.join(", ")}`),
  );
  const clean = read("kind: Pod\nspec:\n  foo: 1\n", "yaml");
  assert.equal(decode(modelCodec("V1Pod"), clean.value, { fieldValidation: "Warn", duplicates: clean.duplicates }).warnings, [
    'unknown field "spec.foo"',
  ]);
});

test("JSON is read as YAML too, and YAML that begins like JSON is still YAML", () => {
  assert.equal(read('{"kind": "Pod"}', "yaml").value, { kind: "Pod" });
  assert.equal(read("{kind: Pod}", "yaml").value, { kind: "Pod" });
  assert.match(problem("a: b: c", "yaml"), "error converting YAML to JSON: yaml: mapping values are not allowed in this context");
  assert.match(problem("a:\n  b: c: d", "yaml"), "yaml: line 2: mapping values are not allowed in this context");
  assert.match(problem("{kind: Pod", "yaml"), "error converting YAML to JSON: yaml: line 1: Flow map must end with a }");
  assert.match(problem("a: b: c", "yaml"), "(613a20623a2063)");
  assert.match(problem("- a", "yaml"), "cannot unmarshal array");
  assert.match(problem("a: &a\n  b: *a", "yaml"), "exceeded max depth");
});

test("YAML is the 1.1 that upstream reads, without instants and sexagesimals", () => {
  const { value } = parseYaml(
    "a: yes\nb: 012\nc: 1:20\nd: 2001-12-14\ne: ~\nf: 1e3\ng: .inf\n1: x\nh: 0x1F\ni: &x {j: 1}\nk:\n  <<: *x\n  l: 'no'\n",
  );
  assert.equal(value, {
    "1": "x",
    a: true,
    b: 10,
    c: "1:20",
    d: "2001-12-14",
    e: null,
    f: 1000,
    g: ".inf",
    h: 31,
    i: { j: 1 },
    k: { j: 1, l: "no" },
  });
  assert.equal(parseYaml("a: 1\n---\nb: 2\n").value, { a: 1 });
});

test("YAML merges maps alone", () => {
  for (const text of ["<<: [{a: 1}, *x]", "<<: 1", "<<: [1]", "x: &x 1\n<<: *x"])
    assert.match(problem(text, "yaml"), "yaml: map merge requires map or sequence of maps as the value");
});

test("YAML's keys are no lists and no maps, however deep", () => {
  for (const text of ["? [a]\n: 1", "{a: b}: 1", "x: &x [1]\n*x : 2", "? ".repeat(200)])
    assert.match(problem(text, "yaml"), "yaml: invalid map key");
  assert.equal(read("&x a: 1\nb: {*x : 2}", "yaml").value, { a: 1, b: { a: 2 } });
});

test("YAML that expands without end is refused", () => {
  const bomb = [
    "a: &a [1,1,1,1,1,1,1,1,1]",
    ..."bcdefg".split("").map((name, at) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${"abcdef"[at]}`).join(",")}]`),
  ];
  assert.match(problem(bomb.join("\n"), "yaml"), "document contains excessive aliasing");
  assert.match(problem("a: *b", "yaml"), "unknown anchor 'b' referenced");
});
