import * as assert from "uvu/assert";
import type { V1Pod, V1PodSpec, V1Volume } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import type { User } from "#lib/api.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { settled } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/pods");
type Pod = Stored<V1Pod>;

const withAccount = async (account: object = {}): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" }, ...account } });
  return api;
};

const create = (api: TestServer, pod: V1Pod, user?: User) =>
  api.ask({ verb: "create", of: "pods", namespace: "default", body: pod, ...(user === undefined ? {} : { user }) });

const created = async (api: TestServer, spec: Partial<V1PodSpec> = {}): Promise<Pod> => {
  const { code, body } = await create(api, aPod({ spec }));
  if (code !== 201) throw new Error(body.message);
  return body as unknown as Pod;
};

const TOKEN: V1Volume["projected"] = {
  defaultMode: 420,
  sources: [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
  ],
};

test("a pod runs as the default account", async () => {
  const api = await withAccount({ imagePullSecrets: [{ name: "registry" }] });
  const { spec } = await created(api);
  assert.equal([spec?.serviceAccountName, spec?.serviceAccount], ["default", "default"]);
  assert.equal(spec?.imagePullSecrets, [{ name: "registry" }]);
  await api.close();
});

test("a pod without containers is invalid, not an internal error", async () => {
  const api = await withAccount();
  const body = { metadata: { name: "web" }, spec: { containers: null } };
  const refused = await api.ask({ verb: "create", of: "pods", namespace: "default", body });
  assert.is(refused.code, 422);
  assert.match(refused.body.message ?? "", /spec\.containers: Required value/);
  await api.close();
});

test("every container of a pod gets a token", async () => {
  const api = await withAccount();
  const {
    volumes = [],
    containers = [],
    initContainers = [],
  } = (await created(api, { initContainers: [{ name: "init", image: "web:1" }] })).spec ?? {};
  const [volume] = volumes;
  assert.match(volume?.name ?? "", /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.equal(volume?.projected, TOKEN);
  const mount = { name: volume?.name, readOnly: true, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
  assert.equal(
    [...containers, ...initContainers].map(({ volumeMounts }) => volumeMounts),
    [[mount], [mount]],
  );
  await api.close();
});

test("a token is not mounted where the pod, the account or a container does not want it", async () => {
  const cases: readonly (readonly [account: boolean | undefined, pod: boolean | undefined, mounted: boolean])[] = [
    [undefined, undefined, true],
    [false, undefined, false],
    [false, true, true],
    [true, false, false],
    [undefined, false, false],
  ];
  for (const [account, pod, mounted] of cases) {
    const api = await withAccount(account === undefined ? {} : { automountServiceAccountToken: account });
    const { spec } = await created(api, pod === undefined ? {} : { automountServiceAccountToken: pod });
    assert.is((spec?.volumes ?? []).length > 0, mounted);
    await api.close();
  }
  const api = await withAccount();
  const mount = { name: "own", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount" };
  const { spec } = await created(api, {
    containers: [{ name: "main", image: "web:1", volumeMounts: [mount] }],
    volumes: [{ name: "own", emptyDir: {} }],
  });
  assert.equal(
    spec?.volumes?.map(({ name }) => name),
    ["own"],
  );
  await api.close();
});

test("a pod of an account that is not there is refused, the default one after waiting for it", async () => {
  const api = await startApiServer();
  const other = await create(api, aPod({ spec: { serviceAccountName: "build" } }));
  assert.is(other.code, 403);
  assert.is(
    other.body.message,
    'pods "web" is forbidden: error looking up service account default/build: serviceaccount "build" not found',
  );
  const refused = create(api, aPod());
  await api.clock.advance(2_000);
  assert.match((await refused).body.message ?? "", /serviceaccount "default" not found/);
  const waiting = create(api, aPod());
  await settled();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  await api.clock.advance(200);
  assert.is((await waiting).code, 201);
  await api.close();
});

const mirror = (spec: Partial<V1PodSpec>): V1Pod =>
  aPod({ metadata: { annotations: { "kubernetes.io/config.mirror": "x" } }, spec: { nodeName: "worker-1", ...spec } });

test("a mirror of what a node runs by itself asks for nothing of the cluster", async () => {
  const api = await withAccount();
  const message = async (spec: Partial<V1PodSpec>) => (await create(api, mirror(spec))).body.message;
  const head = 'pods "web" is forbidden: a mirror pod may not';
  assert.is(await message({ serviceAccountName: "default" }), `${head} reference service accounts`);
  assert.is(await message({ volumes: [{ name: "s", secret: { secretName: "s" } }] }), `${head} reference secrets`);
  const token = { name: "t", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } };
  assert.match(
    (await message({ volumes: [token] })) ?? "",
    /may not use ServiceAccountToken volume projections|must not be specified when serviceAccountName is not set/,
  );
  assert.is(await message({}), undefined);
  await api.close();
});

test("a pod stays five minutes on a node that is lost, unless it says otherwise", async () => {
  const api = await withAccount();
  const own = { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 };
  const { spec } = await created(api, { tolerations: [own] });
  assert.equal(spec?.tolerations, [
    own,
    { key: "node.kubernetes.io/unreachable", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
  ]);
  await api.close();
});

const priorityClass = (name: string, value: number, rest = {}) =>
  ({ verb: "create", of: "priorityclasses.scheduling.k8s.io", body: { metadata: { name }, value, ...rest } }) as const;

test("a pod's class becomes its priority", async () => {
  const api = await withAccount();
  await api.must(priorityClass("high", 1000, { preemptionPolicy: "Never" }));
  const high = await created(api, { priorityClassName: "high" });
  assert.equal([high.spec?.priority, high.spec?.preemptionPolicy], [1000, "Never"]);
  const none = await create(api, aPod({ metadata: { name: "b" }, spec: { priorityClassName: "none" } }));
  assert.is(none.body.message, 'pods "b" is forbidden: no PriorityClass with name none was found');
  const given = await create(api, aPod({ metadata: { name: "b" }, spec: { priority: 5 } }));
  assert.is(
    given.body.message,
    'pods "b" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
  );
  const never = aPod({ metadata: { name: "b" }, spec: { priorityClassName: "high", preemptionPolicy: "PreemptLowerPriority" } });
  assert.match(
    (await create(api, never)).body.message ?? "",
    /the string value of PreemptionPolicy \(PreemptLowerPriority\) must not be provided in pod spec; .* computed Never/,
  );
  const plain = await create(api, aPod({ metadata: { name: "c" } }));
  assert.equal(
    [(plain.body as unknown as Pod).spec?.priority, (plain.body as unknown as Pod).spec?.preemptionPolicy],
    [0, "PreemptLowerPriority"],
  );
  const system = await create(api, aPod({ metadata: { name: "d" }, spec: { priorityClassName: "system-node-critical" } }));
  assert.is((system.body as unknown as Pod).spec?.priority, 2_000_001_000);
  await api.close();
});

test("there is one default class, which pods without one get", async () => {
  const api = await withAccount();
  await api.must(priorityClass("usual", 10, { globalDefault: true }));
  const second = await api.ask(priorityClass("other", 20, { globalDefault: true }));
  assert.is(
    second.body.message,
    'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as globalDefault. Only one default can exist',
  );
  const { spec } = await created(api);
  assert.equal([spec?.priorityClassName, spec?.priority], ["usual", 10]);
  await api.close();
});

test("a runtime class gives its pods their overhead and place", async () => {
  const api = await withAccount();
  await api.must({
    verb: "create",
    of: "runtimeclasses.node.k8s.io",
    body: {
      metadata: { name: "wasm" },
      handler: "wasm",
      overhead: { podFixed: { memory: "10Mi" } },
      scheduling: { nodeSelector: { wasm: "yes" }, tolerations: [{ key: "wasm", operator: "Exists" }] },
    },
  });
  const { spec } = await created(api, { runtimeClassName: "wasm", nodeSelector: { zone: "a" } });
  assert.equal(spec?.overhead, { memory: "10Mi" });
  assert.equal(spec?.nodeSelector, { zone: "a", wasm: "yes" });
  assert.is(
    spec?.tolerations?.some(({ key }) => key === "wasm"),
    true,
  );
  const message = async (parts: Partial<V1PodSpec>) => (await create(api, aPod({ metadata: { name: "b" }, spec: parts }))).body.message;
  assert.match(
    (await message({ runtimeClassName: "wasm", overhead: { memory: "1Mi" } })) ?? "",
    /Pod's Overhead doesn't match RuntimeClass's defined Overhead/,
  );
  assert.is(await message({ runtimeClassName: "none" }), 'pods "b" is forbidden: pod rejected: RuntimeClass "none" not found');
  assert.is(
    await message({ runtimeClassName: "wasm", nodeSelector: { wasm: "no" } }),
    'pods "b" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[wasm] = yes; pod.spec.nodeSelector[wasm] = no',
  );
  assert.is(
    await message({ overhead: { memory: "1Mi" } }),
    'pods "b" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  );
  await api.close();
});
