// What conformance asks of quotas, over HTTPS: what each kind uses, what is denied, what comes back, which pods a scope takes in.
import * as assert from "uvu/assert";
import { customResourceController } from "#actors/controllers/custom-resources/io.ts";
import { resourceQuotaController } from "#actors/controllers/resource-quota/io.ts";
import { claimProtectionController } from "#actors/controllers/storage-protection/io.ts";
import type { V1CustomResourceDefinition, V1ResourceQuota, V1ResourceQuotaSpec, V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { control } from "../support/definitions.ts";
import { MERGE, withWire, type Any, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/quota", 30_000);

const LIMITED = "/api/v1/namespaces/limited";
const QUOTAS = `${LIMITED}/resourcequotas`;
const PODS = `${LIMITED}/pods`;
const LONGEST_MS = 10_000;
type Amounts = Readonly<Record<string, string>>;

/** Gives the body an API server with the namespace `limited`, and the controllers that quotas need. */
const withQuotas = (body: (wire: Wire) => Promise<void>): Promise<void> =>
  withWire(async (wire, { access }) => {
    const stop = control(access, resourceQuotaController, customResourceController, claimProtectionController);
    try {
      await wire.must("POST", "/api/v1/namespaces", { body: { metadata: { name: "limited" } } });
      await wire.must("POST", `${LIMITED}/serviceaccounts`, { body: { metadata: { name: "default" } } });
      await body(wire);
    } finally {
      await stop();
    }
  });

/** Watches from what is there until it is as wanted. Throws: what was seen last, when the time is over. */
const seen = async (wire: Wire, path: string, name: string, wanted: (object: Any) => boolean): Promise<void> => {
  const watched = await wire.watch(`${path}?fieldSelector=metadata.name=${name}`);
  const timer = setTimeout(() => watched.stop(), LONGEST_MS);
  let last: Any | undefined;
  try {
    do [last] = (await watched.take(1)).map(({ object }) => object);
    while (last !== undefined && !wanted(last));
  } catch (error) {
    throw new Error(`${path}/${name} still says ${JSON.stringify(last)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    watched.stop();
  }
};

/** Resolves once the quota says that so much is used. */
const uses = (wire: Wire, amounts: Amounts, name = "q"): Promise<void> =>
  seen(wire, QUOTAS, name, ({ status }: V1ResourceQuota) =>
    Object.entries(amounts).every(([resource, amount]) => status?.used?.[resource] === amount),
  );

/** A quota whose status has been counted. */
const limit = async (wire: Wire, hard: Amounts, spec: V1ResourceQuotaSpec = {}, name = "q"): Promise<void> => {
  await wire.must("POST", QUOTAS, { body: { metadata: { name }, spec: { hard, ...spec } } });
  await seen(wire, QUOTAS, name, ({ status }: V1ResourceQuota) => status?.hard !== undefined);
};

const make = (wire: Wire, path: string, name: string, rest: object = {}): Promise<unknown> =>
  wire.must("POST", path, { body: { metadata: { name }, ...rest } });

/** What is said to a request that must fail. */
const refusal = async (wire: Wire, ...asked: Parameters<Wire["ask"]>): Promise<string> => {
  const { code, body } = await wire.ask<V1Status>(...asked);
  return `${code} ${body.message}`;
};
const denied = (wire: Wire, path: string, name: string, rest: object = {}): Promise<string> =>
  refusal(wire, "POST", path, { body: { metadata: { name }, ...rest } });

const container = { name: "main", image: "x" };
const LABELS = { app: "one" };
const template = { metadata: { labels: LABELS }, spec: { containers: [container] } };

type Counted = { readonly kind: string; readonly resource: string; readonly path: string; readonly rest?: object };
const COUNTED: readonly Counted[] = [
  { kind: "ConfigMap", resource: "configmaps", path: `${LIMITED}/configmaps` },
  { kind: "Secret", resource: "secrets", path: `${LIMITED}/secrets` },
  {
    kind: "ReplicationController",
    resource: "replicationcontrollers",
    path: `${LIMITED}/replicationcontrollers`,
    rest: { spec: { replicas: 0, selector: LABELS, template } },
  },
  {
    kind: "ReplicaSet",
    resource: "count/replicasets.apps",
    path: "/apis/apps/v1/namespaces/limited/replicasets",
    rest: { spec: { replicas: 0, selector: { matchLabels: LABELS }, template } },
  },
];
for (const { kind, resource, path, rest } of COUNTED)
  test(`a ${kind} is counted as long as it is there, and one too many is denied`, () =>
    withQuotas(async (wire) => {
      await limit(wire, { [resource]: "1" });
      await uses(wire, { [resource]: "0" });
      await make(wire, path, "one", rest);
      await uses(wire, { [resource]: "1" });
      const said = await denied(wire, path, "two", rest);
      assert.match(said, `"two" is forbidden: exceeded quota: q, requested: ${resource}=1, used: ${resource}=1, limited: ${resource}=1`);
      assert.match(said, /^403 /);
      await wire.must("DELETE", `${path}/one?propagationPolicy=Background`);
      await uses(wire, { [resource]: "0" });
      await make(wire, path, "two", rest);
    }));

test("a quota's status is counted at once, for every kind", () =>
  withQuotas(async (wire) => {
    const hard = { pods: "5", services: "10", secrets: "10", cpu: "1", "count/replicasets.apps": "5", "requests.example.com/dongle": "3" };
    await limit(wire, { ...hard, resourcequotas: "1" });
    const { status } = await wire.must<V1ResourceQuota>("GET", `${QUOTAS}/q`);
    assert.equal(status?.hard, { ...hard, resourcequotas: "1" });
    const none = Object.fromEntries(Object.keys(hard).map((name) => [name, "0"]));
    assert.equal(status?.used, { ...none, resourcequotas: "1" });
  }));

const service = (type: string, more: object = {}) => ({ spec: { type, ports: [{ port: 80 }], ...more } });

test("Services are counted by their type, and when it changes", () =>
  withQuotas(async (wire) => {
    const path = `${LIMITED}/services`;
    await limit(wire, { services: "3", "services.nodeports": "1", "services.loadbalancers": "1" });
    await make(wire, path, "cluster", service("ClusterIP"));
    await make(wire, path, "node", service("NodePort"));
    await uses(wire, { services: "2", "services.nodeports": "1", "services.loadbalancers": "0" });
    assert.match(
      await denied(wire, path, "balanced", service("LoadBalancer")),
      "exceeded quota: q, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1",
    );
    await make(wire, path, "balanced", service("LoadBalancer", { allocateLoadBalancerNodePorts: false }));
    await uses(wire, { services: "3", "services.loadbalancers": "1" });
    assert.match(await denied(wire, path, "more", service("ClusterIP")), /requested: services=1, used: services=3, limited: services=3$/);
    const toNodePort = refusal(wire, "PATCH", `${path}/cluster`, { body: { spec: { type: "NodePort" } }, type: MERGE });
    assert.match(await toNodePort, "exceeded quota: q, requested: services.nodeports=1");
    await wire.must("PATCH", `${path}/node`, { body: { spec: { type: "ClusterIP" } }, type: MERGE });
    await uses(wire, { services: "3", "services.nodeports": "0" });
    for (const name of ["cluster", "node", "balanced"]) await wire.must("DELETE", `${path}/${name}`);
    await uses(wire, { services: "0", "services.nodeports": "0", "services.loadbalancers": "0" });
  }));

test("a PersistentVolumeClaim is charged for its storage, as a whole and by its class", () =>
  withQuotas(async (wire) => {
    const path = `${LIMITED}/persistentvolumeclaims`;
    const gold = "gold.storageclass.storage.k8s.io";
    const claim = (storage: string, storageClassName = "") => ({
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, storageClassName },
    });
    await limit(wire, { persistentvolumeclaims: "3", "requests.storage": "10Gi", [`${gold}/requests.storage`]: "2Gi" });
    await make(wire, path, "plain", claim("1Gi"));
    await uses(wire, { persistentvolumeclaims: "1", "requests.storage": "1Gi", [`${gold}/requests.storage`]: "0" });
    await make(wire, path, "golden", claim("2Gi", "gold"));
    await uses(wire, { persistentvolumeclaims: "2", "requests.storage": "3Gi", [`${gold}/requests.storage`]: "2Gi" });
    assert.match(await denied(wire, path, "more", claim("1Gi", "gold")), `requested: ${gold}/requests.storage=1Gi`);
    assert.match(await denied(wire, path, "more", claim("8Gi")), "requested: requests.storage=8Gi, used: requests.storage=3Gi");
    for (const name of ["plain", "golden"]) await wire.must("DELETE", `${path}/${name}`);
    await uses(wire, { persistentvolumeclaims: "0", "requests.storage": "0", [`${gold}/requests.storage`]: "0" });
  }));

const DONGLE = "example.com/dongle";
const podOf = (requests: Amounts, limits: Amounts = {}, spec: object = {}) => ({
  spec: { containers: [{ ...container, resources: { requests, limits } }], ...spec },
});

test("a pod is charged for what it requests, which it cannot change, and gives it back", () =>
  withQuotas(async (wire) => {
    await limit(wire, {
      pods: "5",
      cpu: "1",
      memory: "500Mi",
      "ephemeral-storage": "50Gi",
      [`requests.${DONGLE}`]: "3",
    });
    const used = { pods: "1", cpu: "500m", memory: "252Mi", "ephemeral-storage": "30Gi", [`requests.${DONGLE}`]: "2" };
    const requests = { cpu: "500m", memory: "252Mi", "ephemeral-storage": "30Gi", [DONGLE]: "2" };
    await make(wire, PODS, "one", podOf(requests, { [DONGLE]: "2" }));
    await uses(wire, used);
    const small = { cpu: "1m", memory: "1Mi", "ephemeral-storage": "1Gi" };
    assert.match(
      await denied(wire, PODS, "two", podOf({ ...small, cpu: "600m", memory: "300Mi" })),
      /requested: cpu=600m,memory=300Mi, used: cpu=500m,memory=252Mi, limited: cpu=1,memory=500Mi$/,
    );
    assert.match(
      await denied(wire, PODS, "two", podOf({ ...small, [DONGLE]: "2" }, { [DONGLE]: "2" })),
      `requested: requests.${DONGLE}=2, used: requests.${DONGLE}=2, limited: requests.${DONGLE}=3`,
    );
    assert.match(await denied(wire, PODS, "two", podOf({ cpu: "1m" })), "failed quota: q: must specify memory for: main");
    const more = { spec: { containers: [{ ...container, resources: { requests: { ...requests, cpu: "600m" } } }] } };
    assert.match(
      await refusal(wire, "PATCH", `${PODS}/one`, { body: more, type: MERGE }),
      /^422 .*pod updates may not change fields other than/,
    );
    await uses(wire, used);
    await wire.must("DELETE", `${PODS}/one`);
    await uses(wire, { pods: "0", cpu: "0", memory: "0", "ephemeral-storage": "0", [`requests.${DONGLE}`]: "0" });
  }));

const WIDGETS: V1CustomResourceDefinition = {
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};

test("custom resources are counted", () =>
  withQuotas(async (wire) => {
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    await wire.must("POST", definitions, { body: WIDGETS });
    await seen(
      wire,
      definitions,
      "widgets.example.com",
      ({ status }: Partial<V1CustomResourceDefinition>) =>
        status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true,
    );
    const count = "count/widgets.example.com";
    await limit(wire, { [count]: "1" });
    const path = "/apis/example.com/v1/namespaces/limited/widgets";
    const widget = { apiVersion: "example.com/v1", kind: "Widget" };
    await make(wire, path, "one", widget);
    await uses(wire, { [count]: "1" });
    assert.match(await denied(wire, path, "two", widget), `exceeded quota: q, requested: ${count}=1, used: ${count}=1`);
    await wire.must("DELETE", `${path}/one`);
    await uses(wire, { [count]: "0" });
  }));

type Scoped = {
  readonly name: string;
  readonly inside: { readonly quota: V1ResourceQuotaSpec; readonly pod: object };
  readonly outside: { readonly quota: V1ResourceQuotaSpec; readonly pod: object };
};
const ofClass = (operator: string): V1ResourceQuotaSpec => ({
  scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator, values: ["high"] }] },
});
const SCOPES: readonly Scoped[] = [
  {
    name: "BestEffort and NotBestEffort",
    inside: { quota: { scopes: ["BestEffort"] }, pod: podOf({}) },
    outside: { quota: { scopes: ["NotBestEffort"] }, pod: podOf({ cpu: "100m" }) },
  },
  {
    name: "Terminating and NotTerminating",
    inside: { quota: { scopes: ["Terminating"] }, pod: podOf({}, {}, { activeDeadlineSeconds: 3600 }) },
    outside: { quota: { scopes: ["NotTerminating"] }, pod: podOf({}) },
  },
  {
    name: "PriorityClass",
    inside: { quota: ofClass("In"), pod: podOf({}, {}, { priorityClassName: "high" }) },
    outside: { quota: ofClass("NotIn"), pod: podOf({}) },
  },
];
for (const { name, inside, outside } of SCOPES)
  test(`quotas of the scopes ${name} take in their pods and no others`, () =>
    withQuotas(async (wire) => {
      await wire.must("POST", "/apis/scheduling.k8s.io/v1/priorityclasses", { body: { metadata: { name: "high" }, value: 1000 } });
      await limit(wire, { pods: "1" }, inside.quota, "in");
      await limit(wire, { pods: "1" }, outside.quota, "out");
      await make(wire, PODS, "inside", inside.pod);
      await uses(wire, { pods: "1" }, "in");
      assert.match(await denied(wire, PODS, "more", inside.pod), /exceeded quota: in, requested: pods=1, used: pods=1, limited: pods=1$/);
      await make(wire, PODS, "outside", outside.pod);
      await uses(wire, { pods: "1" }, "out");
      await wire.must("DELETE", `${PODS}/inside`);
      await uses(wire, { pods: "0" }, "in");
      await uses(wire, { pods: "1" }, "out");
      await wire.must("DELETE", `${PODS}/outside`);
      await uses(wire, { pods: "0" }, "out");
    }));

test("a quota is changed and deleted, and limits no more", () =>
  withQuotas(async (wire) => {
    await limit(wire, { configmaps: "1" });
    await make(wire, `${LIMITED}/configmaps`, "one");
    await wire.must("PATCH", `${QUOTAS}/q`, { body: { spec: { hard: { configmaps: "2" } } }, type: MERGE });
    await seen(wire, QUOTAS, "q", ({ status }: V1ResourceQuota) => status?.hard?.["configmaps"] === "2");
    await make(wire, `${LIMITED}/configmaps`, "two");
    assert.match(await denied(wire, `${LIMITED}/configmaps`, "three"), "limited: configmaps=2");
    await wire.must("DELETE", `${QUOTAS}/q`);
    await make(wire, `${LIMITED}/configmaps`, "three");
  }));
