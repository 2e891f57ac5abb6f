import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { add, configMap, configure, create, patching, URL, webhook, withHooks } from "./hooks.ts";
import { bind, ofConfigMaps, put, write } from "./policies.ts";

const test = suite("api-server/admission/expressions");
const GROUP = "admissionregistration.k8s.io";

test("a policy whose expressions cannot run is refused", async () => {
  const api = await startApiServer();
  const refused = async (spec: object): Promise<string> => {
    const { code, body } = await write(api, "validating", "bad", { matchConstraints: ofConfigMaps, ...spec });
    assert.is(code, 422);
    return body.message ?? "";
  };
  assert.match(
    await refused({ validations: [{ expression: "object.x = 1" }] }),
    /spec\.validations\[0\]\.expression: Invalid value: "object\.x = 1": compilation failed: ERROR: <input>:1:10/,
  );
  assert.match(
    await refused({ validations: [{ expression: "1" }] }),
    'spec.validations[0].expression: Invalid value: "1": must evaluate to bool',
  );
  assert.match(await refused({ validations: [{ expression: "params.x" }] }), "undeclared reference to 'params'");
  assert.match(await refused({ validations: [{ expression: "request.nothing == 1" }] }), "undefined field 'nothing'");
  assert.match(await refused({ validations: [{ expression: "variables.later" }], variables: [] }), "undefined field 'later'");
  assert.match(
    await refused({ validations: [{ expression: "true", messageExpression: "authorizer" }] }),
    "undeclared reference to 'authorizer'",
  );
  assert.match(
    await refused({ validations: [{ expression: "true" }], matchConditions: [{ name: "a", expression: "1 +" }] }),
    "spec.matchConditions[0].expression: Invalid value",
  );
  const bad = { patchType: "ApplyConfiguration", applyConfiguration: { expression: "Nothing{}" } };
  const { body } = await write(api, "mutating", "bad", { matchConstraints: ofConfigMaps, reinvocationPolicy: "Never", mutations: [bad] });
  assert.match(body.message ?? "", "undeclared reference to 'Nothing'");
  await api.close();
});

test("webhook configurations with conditions that do not compile are refused", async () => {
  const api = await startApiServer();
  for (const kind of ["validating", "mutating"]) {
    const webhooks = [{ ...webhook(), matchConditions: [{ name: "bad", expression: "... [] bad expression" }] }];
    const { code, body } = await api.ask({
      verb: "create",
      of: `${kind}webhookconfigurations.${GROUP}`,
      body: { metadata: { name: "w" }, webhooks },
    });
    assert.is(code, 422);
    assert.match(body.message ?? "", /matchConditions\[0\]\.expression: Invalid value: .*compilation failed/);
  }
  await api.close();
});

test("a webhook mutates everything except skip-me", async () => {
  const { api, hooks } = await withHooks();
  hooks.set(
    URL,
    patching(() => add("mutated")),
  );
  await configure(api, "mutating", [
    { ...webhook(), matchConditions: [{ name: "skip", expression: "object.metadata.name != 'skip-me'" }] },
  ]);
  assert.equal((await create(api, configMap("a"))).body["data"], { mutated: "yes" });
  assert.equal((await create(api, configMap("skip-me"))).body["data"], {});
  assert.is(hooks.asked.length, 1);
  await api.close();
});

test("no expression makes the server fail: it is refused, or it judges", async () => {
  const api = await startApiServer();
  const part = fc.oneof(
    fc.constantFrom("object", "oldObject", "request", "variables", "namespaceObject", "params", "object.data", "request.userInfo.groups"),
    fc.constantFrom(
      "object.metadata.name",
      "object.data.all(k, k == 'a')",
      "1",
      "'x'",
      "true",
      "null",
      "[1]",
      "{'a': 1}",
      "duration('1s')",
      "quantity('1')",
    ),
  );
  const operator = fc.constantFrom(" + ", " == ", " && ", " in ", " < ", ".", " ? true : ", "[", ".size() > ", ".?a == ", ".matches(");
  const ending = fc.constantFrom("", "]", ")", " == 1", ".orValue(true)", " != null");
  const anything = fc.tuple(part, operator, part, ending).map((words) => words.join(""));
  const relation = fc.constantFrom("==", "!=", "<", "in", "&&", "||");
  // What is dyn is only judged when it runs.
  const lateFailing = fc.tuple(part, relation, part).map(([a, by, b]) => `dyn(${a}) ${by} dyn(${b})`);
  const expression = fc.oneof(anything, lateFailing);
  const counts: { [code: number]: number } = {};
  await fc.assert(
    fc.asyncProperty(expression, async (text) => {
      const spec = {
        matchConstraints: ofConfigMaps,
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        validations: [{ expression: text }],
      };
      const written = await write(api, "validating", "random", spec);
      assert.ok([201, 422].includes(written.code), `${text}: ${written.body.message}`);
      counts[written.code] = (counts[written.code] ?? 0) + 1;
      if (written.code === 422) return;
      await bind(api, "validating", "random");
      const judged = await put(api, "a", { a: "1" });
      assert.ok([201, 422].includes(judged.code), `${text}: ${judged.body.message}`);
      await api.must({ verb: "deletecollection", of: `validatingadmissionpolicybindings.${GROUP}` });
      await api.must({ verb: "deletecollection", of: `validatingadmissionpolicies.${GROUP}` });
      await api.must({ verb: "deletecollection", of: "configmaps", namespace: "default" });
    }),
    { numRuns: 60 },
  );
  assert.ok((counts[201] ?? 0) > 0 && (counts[422] ?? 0) > 0, JSON.stringify(counts));
  await api.close();
});
