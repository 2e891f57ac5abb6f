import * as assert from "uvu/assert";
import type { V1Ingress, V1PersistentVolume, V1PersistentVolumeClaim } from "#api/generated/types.ts";
import {
  claimProtectionController,
  classProtectionController,
  volumeProtectionController,
} from "#actors/controllers/storage-protection/io.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/storage");

const aClass = (name: string, rest: object = {}, isDefault = false) => ({
  verb: "create" as const,
  of: "storageclasses.storage.k8s.io",
  body: {
    metadata: { name, annotations: { "storageclass.kubernetes.io/is-default-class": String(isDefault) } },
    provisioner: "example.com/x",
    ...rest,
  },
});

const claim = (spec: object = {}) => ({
  metadata: { name: "data" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
});
const ofClaims = { of: "persistentvolumeclaims", namespace: "default" } as const;
const create = (api: TestServer, spec: object = {}) =>
  api.must<V1PersistentVolumeClaim>({ ...ofClaims, verb: "create", body: claim(spec) });

test("a claim without a class gets the newest default one", async () => {
  const api = await startApiServer();
  await api.must(aClass("old", {}, true));
  await api.clock.advance(5_000);
  await api.must(aClass("new", {}, true));
  await api.must(aClass("other"));
  assert.is((await create(api)).spec?.storageClassName, "new");
  const none = await api.must<V1PersistentVolumeClaim>({
    ...ofClaims,
    verb: "create",
    body: { ...claim({ storageClassName: "" }), metadata: { name: "none" } },
  });
  assert.is(none.spec?.storageClassName, "");
  await api.close();
});

test("an ingress without a class gets the default one", async () => {
  const api = await startApiServer();
  const annotations = { "ingressclass.kubernetes.io/is-default-class": "true" };
  const of = "ingressclasses.networking.k8s.io";
  await api.must({ verb: "create", of, body: { metadata: { name: "web", annotations }, spec: { controller: "example.com/c" } } });
  const body = { metadata: { name: "i" }, spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } };
  const made = await api.must<V1Ingress>({ verb: "create", of: "ingresses.networking.k8s.io", namespace: "default", body });
  assert.is(made.spec?.ingressClassName, "web");
  await api.close();
});

test("a claim grows when it is bound and its class lets it", async () => {
  const api = await startApiServer();
  await api.must(aClass("fixed"));
  await api.must(aClass("growing", { allowVolumeExpansion: true }));
  for (const [storageClassName, message] of [
    ["fixed", "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"],
    ["growing", undefined],
  ] as const) {
    await create(api, { storageClassName, volumeName: "v" });
    const at = { ...ofClaims, name: "data", type: "application/merge-patch+json" } as const;
    const grow = () => api.ask({ ...at, verb: "patch", body: { spec: { resources: { requests: { storage: "2Gi" } } } } });
    assert.is((await grow()).code, 422, "its spec does not change before it is bound");
    await api.must({ ...at, verb: "patch", subresource: "status", body: { status: { phase: "Bound" } } });
    const head = 'persistentvolumeclaims "data" is forbidden: ';
    assert.is((await grow()).body.message, message === undefined ? undefined : head + message);
    await api.must({ ...at, verb: "patch", body: { metadata: { finalizers: null } } });
    await api.must({ ...ofClaims, verb: "delete", name: "data" });
  }
  await api.close();
});

const withControllers = async (): Promise<{ api: TestServer; stop: () => Promise<void> }> => {
  const api = await startApiServer();
  const ports = { client: api.client(), clock: api.clock, random: seededRandom(1), logger: silent };
  const informers = new Informers(ports);
  const end = new AbortController();
  for (const definition of [claimProtectionController, volumeProtectionController, classProtectionController]) {
    const controller = definition.create({ ...ports, informers });
    controller.start(end.signal);
    controller.lead(true);
  }
  informers.start(end.signal);
  await api.clock.advance(100);
  const stop = async (): Promise<void> => {
    end.abort();
    await api.close();
  };
  return { api, stop };
};

test("a claim in use outlives its deletion until the pod is gone", async () => {
  const { api, stop } = await withControllers();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  assert.equal((await create(api)).metadata?.finalizers, ["kubernetes.io/pvc-protection"]);
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];
  await api.must({ verb: "create", of: "pods", namespace: "default", body: aPod({ spec: { nodeName: "n", volumes } }) });
  await api.clock.advance(100);
  await api.must({ ...ofClaims, verb: "delete", name: "data" });
  await api.clock.advance(100);
  assert.is((await api.ask({ ...ofClaims, verb: "get", name: "data" })).code, 200);
  await api.must({ verb: "delete", of: "pods", namespace: "default", name: "web", options: { gracePeriodSeconds: 0 } });
  await api.clock.advance(1_000);
  assert.is((await api.ask({ ...ofClaims, verb: "get", name: "data" })).code, 404);
  await stop();
});

test("a bound volume outlives its deletion until it is released", async () => {
  const { api, stop } = await withControllers();
  const spec = { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/x" } };
  const at = { of: "persistentvolumes", name: "v", type: "application/merge-patch+json" } as const;
  const made = await api.must<V1PersistentVolume>({ verb: "create", of: "persistentvolumes", body: { metadata: { name: "v" }, spec } });
  assert.equal(made.metadata?.finalizers, ["kubernetes.io/pv-protection"]);
  const become = (phase: string) => api.must({ ...at, verb: "patch", subresource: "status", body: { status: { phase } } });
  await become("Bound");
  await api.must({ ...at, verb: "delete" });
  await api.clock.advance(100);
  assert.is((await api.ask({ ...at, verb: "get" })).code, 200);
  await become("Released");
  await api.clock.advance(1_000);
  assert.is((await api.ask({ ...at, verb: "get" })).code, 404);
  await stop();
});

test("a class of attributes outlives its deletion while a claim wants it or a volume has it", async () => {
  const { api, stop } = await withControllers();
  const of = "volumeattributesclasses.storage.k8s.io";
  const made = await api.must({
    verb: "create",
    of,
    body: { metadata: { name: "fast" }, driverName: "d.example.com", parameters: { a: "b" } },
  });
  assert.equal(made.metadata.finalizers, ["kubernetes.io/vac-protection"]);
  const wanting = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, volumeAttributesClassName: "fast" };
  await api.must({ ...ofClaims, verb: "create", body: { metadata: { name: "wants" }, spec: wanting } });
  const csi = { driver: "d.example.com", volumeHandle: "1" };
  const volume = { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], csi, volumeAttributesClassName: "fast" };
  await api.must({ verb: "create", of: "persistentvolumes", body: { metadata: { name: "has" }, spec: volume } });
  await api.clock.advance(100);
  const isThere = async (): Promise<boolean> => {
    await api.clock.advance(1_000);
    return (await api.ask({ verb: "get", of, name: "fast" })).code === 200;
  };
  await api.must({ verb: "delete", of, name: "fast" });
  assert.ok(await isThere());
  await api.must({ ...ofClaims, verb: "delete", name: "wants" });
  assert.ok(await isThere());
  await api.must({ verb: "delete", of: "persistentvolumes", name: "has" });
  assert.not(await isThere());
  await stop();
});
