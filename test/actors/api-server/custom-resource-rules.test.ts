import * as assert from "uvu/assert";
import type { V1JSONSchemaProps } from "#api/generated/types.ts";
import { startApiServer, type Answer, type TestServer } from "#test/support/api-server.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/custom-resource-rules");

const crds = { of: "customresourcedefinitions.apiextensions.k8s.io" } as const;
const NAME = "tabs.stable.example.com";

const define = (api: TestServer, spec: V1JSONSchemaProps): Promise<Answer> =>
  api.ask({
    ...crds,
    verb: "create",
    body: {
      metadata: { name: NAME },
      spec: {
        group: "stable.example.com",
        scope: "Namespaced",
        names: { plural: "tabs", kind: "Tab" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec } } } }],
      },
    },
  });

const started = async (spec: V1JSONSchemaProps): Promise<TestServer> => {
  const api = await startApiServer();
  const { code, body } = await define(api, spec);
  assert.is(code, 201, body.message);
  const conditions = [{ type: "Established", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z", reason: "A", message: "" }];
  const type = "application/merge-patch+json";
  await api.must({ ...crds, verb: "patch", name: NAME, subresource: "status", type, body: { status: { conditions } } });
  await settled();
  return api;
};

const tabs = { of: "tabs.stable.example.com", namespace: "default" } as const;
const tab = (name: string, spec: object) => ({ apiVersion: "stable.example.com/v1", kind: "Tab", metadata: { name }, spec });

const SPEC: V1JSONSchemaProps = {
  type: "object",
  properties: { replicas: { type: "integer" }, max: { type: "integer", default: 5 }, name: { type: "string", maxLength: 20 } },
  "x-kubernetes-validations": [
    { rule: "self.replicas <= self.max", messageExpression: "'at most ' + string(self.max)", fieldPath: ".replicas" },
    { rule: "self.replicas >= oldSelf.replicas", message: "never fewer" },
  ],
};

test("an object that breaks a rule is refused, with defaults counted in", async () => {
  const api = await started(SPEC);
  const { code, body } = await api.ask({ ...tabs, verb: "create", body: tab("a", { replicas: 6 }) });
  assert.is(code, 422);
  assert.is(body.message, 'Tab.stable.example.com "a" is invalid: spec.replicas: Invalid value: "object": at most 5');
  assert.is((await api.ask({ ...tabs, verb: "create", body: tab("a", { replicas: 5 }) })).code, 201);
  await api.close();
});

test("a change is judged by what was, by every way of writing", async () => {
  const api = await started(SPEC);
  await api.must({ ...tabs, verb: "create", body: tab("a", { replicas: 3 }) });
  const patch = (replicas: number): Promise<Answer> =>
    api.ask({ ...tabs, verb: "patch", name: "a", type: "application/merge-patch+json", body: { spec: { replicas } } });
  assert.match((await patch(2)).body.message ?? "", 'spec: Invalid value: "object": never fewer');
  assert.is((await patch(4)).code, 200);
  const options = { fieldManager: "me", force: true };
  const applied = await api.ask({
    ...tabs,
    verb: "patch",
    name: "a",
    type: "application/apply-patch+yaml",
    options,
    body: tab("a", { replicas: 1 }),
  });
  assert.is(applied.code, 422);
  await api.close();
});

test("rules are checked beside mistakes that leave them something to check, and else said to be left out", async () => {
  const api = await started({ ...SPEC, properties: { ...SPEC.properties, low: { type: "integer", minimum: 5 } } });
  const refused = async (spec: object): Promise<string> =>
    (await api.ask({ ...tabs, verb: "create", body: tab("a", spec) })).body.message ?? "";
  assert.is(
    await refused({ replicas: 9, low: 1 }),
    'Tab.stable.example.com "a" is invalid: [spec.low: Invalid value: 1: spec.low in body should be greater than or equal to 5, ' +
      'spec.replicas: Invalid value: "object": at most 5]',
  );
  assert.is(
    await refused({ replicas: 9, name: "a".repeat(30) }),
    'Tab.stable.example.com "a" is invalid: [spec.name: Too long: may not be more than 20 bytes, <nil>: Invalid value: "null": some ' +
      "validation rules were not checked because the object was invalid; correct the existing errors to complete validation]",
  );
  await api.close();
});

test("a definition whose rules cannot run, or cost too much, is refused", async () => {
  const api = await startApiServer();
  const refused = async (rule: string, properties: { readonly [name: string]: V1JSONSchemaProps } = {}): Promise<string> => {
    const { code, body } = await define(api, { type: "object", properties, "x-kubernetes-validations": [{ rule }] });
    assert.is(code, 422);
    return body.message ?? "";
  };
  const at = String.raw`spec\.validation\.openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule`;
  assert.match(
    await refused("self.foo == 1"),
    new RegExp(`${at}: Invalid value: "self.foo == 1": compilation failed: ERROR: <input>:1:5: undefined field 'foo'`),
  );
  const list: V1JSONSchemaProps = { type: "array", items: { type: "string" } };
  assert.match(
    await refused("self.list.all(a, self.list.all(b, a != b))", { list }),
    new RegExp(`${at}: Forbidden: estimated rule cost exceeds budget`),
  );
  await api.close();
});
