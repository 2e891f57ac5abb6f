import * as assert from "uvu/assert";
import { startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { bind, deploy, ofConfigMaps, ofDeployments, put, withPolicy, write } from "./policies.ts";

const test = suite("api-server/admission/mutating-policies");

const apply = (expression: string): object => ({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patch = (expression: string): object => ({ patchType: "JSONPatch", jsonPatch: { expression } });
const mutating = (mutations: readonly object[], more: object = {}): object => ({ reinvocationPolicy: "Never", mutations, ...more });

test("a policy changes a Deployment by an applied configuration", async () => {
  const config =
    "Object{spec: Object.spec{replicas: object.spec.replicas + 2, template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: 'c', imagePullPolicy: 'Never'}]}}}}";
  const api = await withPolicy("mutating", mutating([apply(config)], { matchConstraints: ofDeployments }));
  const { code, body } = await deploy(api, "web", 1);
  assert.is(code, 201, body.message);
  const { spec } = body as unknown as {
    spec: { replicas: number; template: { spec: { containers: readonly { image: string; imagePullPolicy: string }[] } } };
  };
  assert.is(spec.replicas, 3);
  assert.is(spec.template.spec.containers.length, 1);
  assert.equal([spec.template.spec.containers[0]?.image, spec.template.spec.containers[0]?.imagePullPolicy], ["i", "Never"]);
  await api.close();
});

test("a policy adds annotations; each mutation sees what those before it made", async () => {
  const api = await withPolicy(
    "mutating",
    mutating([
      apply("Object{metadata: Object.metadata{annotations: {'first': 'a'}}}"),
      patch(
        "[JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey('x/y'), value: object.metadata.annotations['first'] + 'b'}]",
      ),
    ]),
  );
  const { body } = await put(api, "a", {}, { metadata: { annotations: { own: "1" } } });
  assert.equal(body.metadata?.annotations, { own: "1", first: "a", "x/y": "ab" });
  await api.close();
});

test("a mutation may remove a field, and leaves others alone", async () => {
  const api = await withPolicy("mutating", mutating([apply("Object{data: Object.data{?drop: optional.none()}}")]));
  assert.equal((await put(api, "a", { drop: "1", keep: "2" })).body["data"], { keep: "2" });
  await api.close();
});

test("a mutation that cannot be made is an error, unless failures are ignored", async () => {
  const cases: readonly (readonly [string, string])[] = [
    ["Object{spec: Object.wrong{}}", `unexpected type name "Object.wrong", expected "Object.spec"`],
    ["Object{data: object.none}", "resulted in error: no such key: none"],
    ["Object{metadata: Object.metadata{ownerReferences: [{'uid': 'a'}], finalizers: object.nothing}}", "no such key"],
  ];
  for (const [expression, why] of cases) {
    const strict = await withPolicy("mutating", mutating([apply(expression)]));
    assert.match((await put(strict, "a")).body.message ?? "", why);
    await strict.close();
  }
  const lenient = await withPolicy("mutating", mutating([apply("Object{data: object.none}")], { failurePolicy: "Ignore" }));
  assert.is((await put(lenient, "a")).code, 201);
  await lenient.close();
});

test("what is atomic cannot be merged", async () => {
  const atomic = "Object{spec: Object.spec{selector: Object.spec.selector{matchLabels: {'a': 'b'}}}}";
  const api = await withPolicy("mutating", mutating([apply(atomic)], { matchConstraints: ofDeployments }));
  assert.match((await deploy(api, "a", 1)).body.message ?? "", "may not mutate atomic arrays, maps or structs: .spec.selector");
  await api.close();
});

test("a policy that wants it is asked again after a later one has changed the object", async () => {
  const api = await startApiServer();
  const count = "Object{data: Object.data{count: has(object.data.count) ? object.data.count + 'x' : 'x'}}";
  await write(api, "mutating", "a-counts", { matchConstraints: ofConfigMaps, ...mutating([apply(count)]), reinvocationPolicy: "IfNeeded" });
  await write(api, "mutating", "b-marks", {
    matchConstraints: ofConfigMaps,
    ...mutating([apply("Object{data: Object.data{marked: 'yes'}}")]),
  });
  await bind(api, "mutating", "a-counts");
  await bind(api, "mutating", "b-marks");
  assert.equal((await put(api, "a", { own: "1" })).body["data"], { own: "1", count: "xx", marked: "yes" });
  await api.close();
});
