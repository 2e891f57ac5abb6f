import * as assert from "uvu/assert";
import { startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { add, configMap, configure, create, patching, URL, webhook, withHooks } from "./hooks.ts";
import { ofConfigMaps, write } from "./policies.ts";

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
