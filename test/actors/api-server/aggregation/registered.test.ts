import * as assert from "uvu/assert";
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { APIService } from "#api/apiregistration/v1/api-service.ts";
import { kinds } from "#api/resources.ts";
import type { Stored } from "#api/meta/object.ts";
import { builtInService, decide, definedService, MANAGED, namesOf, type Observed } from "#actors/api-server/aggregation/registered.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/aggregation/registered");

const definition = {
  metadata: { name: "flowers.example.com" },
  spec: {
    group: "example.com",
    versions: [
      { name: "v1", served: true, storage: true },
      { name: "v1alpha1", served: false, storage: false },
    ],
  },
} as unknown as CustomResourceDefinition;

const spec = { group: "apps", version: "v1", groupPriorityMinimum: 17_800, versionPriority: 15 };

const serviceOf = (mode: string | undefined, more = {}): Stored<APIService> =>
  ({
    metadata: { name: "v1.apps", ...(mode === undefined ? {} : { labels: { [MANAGED]: mode } }) },
    spec: { ...spec, ...more },
  }) as unknown as Stored<APIService>;

const changed = { service: { namespace: "default", name: "mine" } };

const does = (observed: Partial<Observed>): readonly string[] =>
  decide({ desired: undefined, current: undefined, wasThere: false, isDone: false, ...observed }).map((action) => action.do);

test("built-in versions register themselves with upstream's priorities, the aggregator's own group excepted", () => {
  assert.equal(builtInService("v1.apps", kinds), { metadata: { name: "v1.apps", labels: { [MANAGED]: "onstart" } }, spec });
  assert.equal(builtInService("v1.", kinds)?.spec, { group: "", version: "v1", groupPriorityMinimum: 18_000, versionPriority: 1 });
  assert.is(builtInService("v1.apiregistration.k8s.io", kinds), undefined);
  assert.is(builtInService("v9.apps", kinds), undefined);
  const groups = new Set(kinds.map(({ group, version }) => `${version}.${group}`));
  for (const name of groups) assert.is(builtInService(name, kinds) === undefined, name === "v1.apiregistration.k8s.io", name);
});

test("of a definition, the versions that it serves", () => {
  assert.equal(namesOf(definition), ["v1.example.com", "v1alpha1.example.com"]);
  assert.equal(definedService("v1.example.com", [definition]), {
    metadata: { name: "v1.example.com", labels: { [MANAGED]: "true" } },
    spec: { group: "example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 100 },
  });
  assert.is(definedService("v1alpha1.example.com", [definition]), undefined);
});

test("one that is missing is made: a built-in one once, a definition's always", () => {
  assert.equal(does({ desired: serviceOf("onstart") }), ["create"]);
  assert.equal(does({ desired: serviceOf("onstart"), isDone: true }), []);
  assert.equal(does({ desired: serviceOf("true"), isDone: true }), ["create"]);
  assert.equal(does({}), []);
});

test("one that somebody changed is put right: a built-in one at the start, a definition's always", () => {
  const [builtIn, defined] = [serviceOf("onstart"), serviceOf("true")];
  assert.equal(does({ desired: builtIn, current: serviceOf("onstart", changed), wasThere: true }), ["update"]);
  assert.equal(does({ desired: builtIn, current: serviceOf("onstart", changed), wasThere: true, isDone: true }), []);
  assert.equal(does({ desired: builtIn, current: serviceOf("onstart", changed) }), []);
  assert.equal(does({ desired: defined, current: serviceOf("true", changed), isDone: true }), ["update"]);
  assert.equal(does({ desired: defined, current: defined }), []);
});

test("one that nothing stands for any more goes", () => {
  assert.equal(does({ current: serviceOf("true"), isDone: true }), ["delete"]);
  assert.equal(does({ current: serviceOf("onstart"), wasThere: true }), ["delete"]);
  assert.equal(does({ current: serviceOf("onstart"), isDone: true }), []);
});

test("one without our label is its owner's", () => {
  for (const desired of [serviceOf("onstart"), serviceOf("true"), undefined])
    assert.equal(does({ desired, current: serviceOf(undefined, changed), wasThere: true }), []);
});
