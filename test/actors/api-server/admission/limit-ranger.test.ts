import * as assert from "uvu/assert";
import type { V1LimitRangeItem, V1Pod, V1PodSpec, V1ResourceRequirements } from "#api/generated/types.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/limit-ranger");

const withLimits = async (...limits: readonly V1LimitRangeItem[]): Promise<TestServer> => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  await api.must({ verb: "create", of: "limitranges", namespace: "default", body: { metadata: { name: "l" }, spec: { limits } } });
  return api;
};

const pod = (resources: V1ResourceRequirements, rest: Partial<V1PodSpec> = {}) =>
  aPod({ spec: { containers: [{ name: "c", image: "web:1", resources }], ...rest } });
const create = (api: TestServer, body: object, of = "pods") => api.ask({ verb: "create", of, namespace: "default", body });

test("a container that says nothing gets the range's defaults, and the pod tells of it", async () => {
  const api = await withLimits({ type: "Container", default: { cpu: "500m", memory: "500Mi" }, defaultRequest: { cpu: "100m" } });
  const spec = { initContainers: [{ name: "i", image: "web:1", resources: { limits: { cpu: "1" } } }] };
  const made = (await create(api, pod({ requests: { memory: "1Mi" } }, spec))).body as unknown as V1Pod;
  assert.equal(made.spec?.containers[0]?.resources, {
    limits: { cpu: "500m", memory: "500Mi" },
    requests: { cpu: "100m", memory: "1Mi" },
  });
  assert.equal(made.spec?.initContainers?.[0]?.resources, {
    limits: { cpu: "1", memory: "500Mi" },
    requests: { cpu: "1", memory: "500Mi" },
  });
  assert.is(
    made.metadata?.annotations?.["kubernetes.io/limit-ranger"],
    "LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c; memory request for init container i; memory limit for init container i",
  );
  await api.close();
});

test("a container out of its bounds is refused with every reason", async () => {
  const api = await withLimits({ type: "Container", min: { cpu: "100m" }, max: { cpu: "1", memory: "1Gi" } });
  const message = async (resources: V1ResourceRequirements) => (await create(api, pod(resources))).body.message;
  const head = 'pods "web" is forbidden: ';
  const memory = { memory: "1Mi" };
  assert.is(
    await message({ requests: { cpu: "50m", ...memory }, limits: { cpu: "50m", ...memory } }),
    `${head}minimum cpu usage per Container is 100m, but request is 50m`,
  );
  assert.is(
    await message({ requests: { cpu: "2", ...memory }, limits: { cpu: "2", memory: "2Gi" } }),
    `${head}[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]`,
  );
  assert.is(await message({ requests: { cpu: "100m", ...memory }, limits: { cpu: "1", ...memory } }), undefined);
  await api.close();
});

test("pods are bounded as a whole, and limits by their ratio to requests", async () => {
  const api = await withLimits({ type: "Pod", min: { memory: "10Mi" }, max: { cpu: "1" }, maxLimitRequestRatio: { cpu: "2" } });
  const message = async (resources: V1ResourceRequirements) => (await create(api, pod(resources))).body.message;
  assert.is(
    await message({}),
    'pods "web" is forbidden: [minimum memory usage per Pod is 10Mi.  No request is specified, maximum cpu usage per Pod is 1.  No limit is specified, cpu max limit to request ratio per Pod is 2, but no request is specified or request is 0]',
  );
  assert.is(
    await message({ requests: { cpu: "300m", memory: "10Mi" }, limits: { cpu: "900m" } }),
    'pods "web" is forbidden: cpu max limit to request ratio per Pod is 2, but provided ratio is 3.000000',
  );
  assert.is(await message({ requests: { cpu: "500m", memory: "10Mi" }, limits: { cpu: "1" } }), undefined);
  await api.close();
});

test("a claim asks for neither too little nor too much storage", async () => {
  const api = await withLimits({ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "2Gi" } });
  const claim = (storage: string) => ({
    metadata: { name: "p" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "x", resources: { requests: { storage } } },
  });
  const message = async (storage: string) => (await create(api, claim(storage), "persistentvolumeclaims")).body.message;
  const head = 'persistentvolumeclaims "p" is forbidden: ';
  assert.is(await message("1Mi"), `${head}minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi`);
  assert.is(await message("3Gi"), `${head}maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi`);
  assert.is(await message("2Gi"), undefined);
  await api.close();
});
