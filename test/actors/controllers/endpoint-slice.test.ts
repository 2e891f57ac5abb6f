import * as assert from "uvu/assert";
import { decide, MANAGED_BY, MANAGER, type Action } from "#actors/controllers/endpoint-slice/decide.ts";
import type { Service } from "#api/core/v1/service.ts";
import type { EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import type { Stored } from "#api/meta/object.ts";
import { aPod, aService, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/endpoint-slice");
const service = (spec: Service["spec"] = {}) =>
  stored(
    aService({
      metadata: { name: "web" },
      spec: { selector: { app: "web" }, ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }], ...spec },
    }),
    { uid: "svc" },
  );
const pod = (
  index: number,
  { ready = true, port = 8080, ...metadata }: { ready?: boolean; port?: number; deletionTimestamp?: string } = {},
) =>
  stored(
    aPod({
      metadata: { name: `p${index}`, labels: { app: "web" }, ...metadata },
      spec: { nodeName: "n", containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: port }] }] },
      status: {
        podIP: `127.64.${Math.floor(index / 250)}.${(index % 250) + 1}`,
        conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      },
    }),
    { uid: `uid-${index}` },
  );
const range = (count: number) => Array.from({ length: count }, (_, index) => pod(index));
/** What the slices are after the actions. */
const applied = (slices: readonly Stored<EndpointSlice>[], actions: readonly Action[]): readonly Stored<EndpointSlice>[] => {
  const named = (slice: EndpointSlice, index: number): Stored<EndpointSlice> =>
    stored(slice, { name: slice.metadata?.name ?? `web-${index}-${slices.length}` });
  const gone = new Set(actions.filter((action) => action.do !== "create").map(({ slice }) => slice.metadata?.name));
  return [
    ...slices.filter(({ metadata }) => !gone.has(metadata.name)),
    ...actions.filter((action) => action.do !== "delete").map(({ slice }, index) => named(slice, index)),
  ];
};
const sizes = (slices: readonly EndpointSlice[]) => slices.map(({ endpoints }) => endpoints?.length ?? 0).toSorted((a, b) => b - a);

test("lists ready pods under their real port, and no more than a hundred in a slice", () => {
  const slices = applied([], decide({ service: service(), pods: range(250), slices: [] }));
  assert.equal(sizes(slices), [100, 100, 50]);
  assert.equal(slices[0]?.ports, [{ name: "http", protocol: "TCP", port: 8080 }]);
  assert.is(slices[0]?.metadata.labels?.[MANAGED_BY], MANAGER);
});
test("writes nothing when nothing changed", () => {
  const slices = applied([], decide({ service: service(), pods: range(120), slices: [] }));
  assert.equal(decide({ service: service(), pods: range(120).toReversed(), slices }), []);
});
test("touches only the slice of the pod that changed", () => {
  const slices = applied([], decide({ service: service(), pods: range(150), slices: [] }));
  const pods = range(150).with(3, pod(3, { ready: false }));
  const actions = decide({ service: service(), pods, slices });
  assert.equal(
    actions.map((action) => action.do),
    ["update"],
  );
  const ready = actions[0]?.slice.endpoints?.find(({ addresses }) => addresses[0] === "127.64.0.4")?.conditions;
  assert.equal(ready, { ready: false, serving: false, terminating: false });
});
test("marks a pod that is being deleted as terminating but still serving", () => {
  const [action] = decide({ service: service(), pods: [pod(1, { deletionTimestamp: "2026-01-01T00:00:00Z" })], slices: [] });
  assert.equal(action?.slice.endpoints?.[0]?.conditions, { ready: false, serving: true, terminating: true });
});
test("keeps one empty slice for a service without pods, and none without a service", () => {
  const slices = applied([], decide({ service: service(), pods: [], slices: [] }));
  assert.equal(sizes(slices), [0]);
  assert.equal(decide({ service: service(), pods: [], slices }), []);
  assert.equal(
    decide({ service: undefined, pods: [], slices }).map((action) => action.do),
    ["delete"],
  );
});
test("keeps pods with different ports behind one name in slices of their own", () => {
  const slices = applied([], decide({ service: service(), pods: [pod(1), pod(2, { port: 9090 })], slices: [] }));
  assert.equal(
    slices.map(({ ports }) => ports?.[0]?.port),
    [8080, 9090],
  );
});
test("leaves a service without selector, and slices of others, alone", () => {
  const foreign = stored<EndpointSlice>({ addressType: "IPv4", endpoints: [], metadata: { name: "mine", labels: {} } });
  const { selector: _, ...spec } = service().spec ?? {};
  assert.equal(decide({ service: { ...service(), spec }, pods: range(1), slices: [foreign] }), []);
  assert.equal(decide({ service: undefined, pods: [], slices: [foreign] }), []);
});
