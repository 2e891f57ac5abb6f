// Custom objects through the changes of what they live in and by.
import * as assert from "uvu/assert";
import { namespaceController } from "#actors/controllers/namespace/io.ts";
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Draft, Stored } from "#api/meta/object.ts";
import type { V1Namespace } from "#api/generated/types.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { bind, write } from "./admission/policies.ts";
import { crds, definition, establish, tab, tabs, type Tab } from "./cron-tabs.ts";

const test = suite("api-server/custom-resources-lives");
const NAME = "crontabs.stable.example.com";
const MERGE = "application/merge-patch+json";

const started = async (draft: Draft<CustomResourceDefinition> = definition()): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must({ ...crds, verb: "create", body: draft });
  await establish(api);
  return api;
};

/** Runs what ends namespaces. */
const endNamespaces = async (api: TestServer): Promise<() => void> => {
  const ports = { client: api.client(), clock: api.clock, random: seededRandom(1), logger: silent };
  const informers = new Informers(ports);
  const end = new AbortController();
  const controller = namespaceController.create({ ...ports, informers });
  controller.start(end.signal);
  controller.lead(true);
  informers.start(end.signal);
  await api.clock.advance(100);
  return () => end.abort();
};

test("a namespace that ends takes its custom objects with it, and waits for those that are held", async () => {
  const api = await started();
  const end = await endNamespaces(api);
  const space = { of: "namespaces", name: "space" } as const;
  await api.must({ of: "namespaces", verb: "create", body: { metadata: { name: "space" } } });
  const ofSpace = { ...tabs, namespace: "space" };
  await api.must({ ...tab("free"), namespace: "space" });
  await api.must({ ...tab("held"), namespace: "space" });
  await api.must({ ...ofSpace, name: "held", verb: "patch", type: MERGE, body: { metadata: { finalizers: ["example.com/hold"] } } });
  await api.must({ ...space, verb: "delete" });
  await api.clock.advance(10_000);
  assert.is((await api.ask({ ...ofSpace, name: "free", verb: "get" })).code, 404);
  const { status } = await api.must<Stored<V1Namespace>>({ ...space, verb: "get" });
  const messages = (status?.conditions ?? []).map(({ message }) => message).join("\n");
  assert.match(messages, "Some resources are remaining: crontabs.stable.example.com has 1 resource instances");
  assert.match(messages, "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances");
  await api.must({ ...ofSpace, name: "held", verb: "patch", type: MERGE, body: { metadata: { finalizers: null } } });
  await api.clock.advance(60_000);
  assert.is((await api.ask({ ...space, verb: "get" })).code, 404);
  end();
  await api.close();
});

test("without its subresource status is a field like any other, and apart again when the subresource is back", async () => {
  const api = await started();
  await api.must(tab("one"));
  const one = { ...tabs, name: "one", verb: "patch", type: MERGE } as const;
  const define = (subresources: object) => {
    const next = definition();
    const [version] = next.spec?.versions ?? [];
    if (version !== undefined) version.subresources = subresources;
    return api.must({ ...crds, name: NAME, verb: "update", body: next });
  };
  const statusOf = ({ status }: Tab): object | undefined => status;
  await api.must({ ...one, subresource: "status", body: { status: { replicas: 1 } } });
  assert.equal(statusOf(await api.must<Tab>({ ...one, body: { status: { replicas: 2 } } })), { replicas: 1 });

  await define({});
  assert.is((await api.ask({ ...one, subresource: "status", body: { status: { replicas: 3 } } })).code, 404);
  const before = await api.must<Tab>({ ...tabs, name: "one", verb: "get" });
  const changed = await api.must<Tab>({ ...one, body: { status: { replicas: 4 } } });
  assert.equal(statusOf(changed), { replicas: 4 });
  assert.is(changed.metadata.generation, (before.metadata.generation ?? 0) + 1, "a change of status is a change of the object");

  await define({ status: {} });
  const ignored = await api.must<Tab>({ ...one, body: { status: { replicas: 5 } } });
  assert.equal([statusOf(ignored), ignored.metadata.generation], [{ replicas: 4 }, changed.metadata.generation]);
  assert.equal(statusOf(await api.must<Tab>({ ...one, subresource: "status", body: { status: { replicas: 6 } } })), { replicas: 6 });
  await api.close();
});

test("policies judge custom objects by all that they may know", async () => {
  const api = await started();
  await api.must({ of: "namespaces", verb: "create", body: { metadata: { name: "small", labels: { most: "2" } } } });
  const resourceRules = [
    { apiGroups: ["stable.example.com"], apiVersions: ["*"], operations: ["CREATE", "UPDATE"], resources: ["crontabs"] },
  ];
  await write(api, "validating", "policy", {
    matchConstraints: { resourceRules },
    paramKind: { apiVersion: "stable.example.com/v1", kind: "CronTab" },
    variables: [{ name: "most", expression: "int(namespaceObject.metadata.labels['most'])" }],
    validations: [
      { expression: "object.spec.replicas <= variables.most", messageExpression: "'most is ' + string(variables.most)" },
      { expression: "object.spec.image == params.spec.image", message: "another image" },
      { expression: "request.resource.resource == 'crontabs' && request.namespace == 'small'", message: "request" },
      { expression: "authorizer.requestResource.check('delete').allowed()", message: "rights" },
    ],
  });
  await api.must(tab("model", { image: "a" }));
  await bind(api, "validating", "policy", {
    paramRef: { name: "model", namespace: "default", parameterNotFoundAction: "Deny" },
    matchResources: { namespaceSelector: { matchLabels: { most: "2" } } },
  });
  const put = (name: string, spec: object) => api.ask({ ...tab(name, spec), namespace: "small" });
  assert.is((await put("right", { image: "a", replicas: 2 })).code, 201);
  assert.match((await put("large", { image: "a", replicas: 3 })).body.message ?? "", "denied request: most is 2");
  assert.match((await put("other", { image: "b" })).body.message ?? "", "denied request: another image");
  await api.close();
});
