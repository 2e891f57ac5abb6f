// What kinds do to an object on its way in that only a whole server shows: its name, its user, the time.
import * as assert from "uvu/assert";
import type {
  V1CertificateSigningRequest,
  V1HorizontalPodAutoscaler,
  V1Job,
  V1PersistentVolume,
  V2MetricSpec,
} from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { alice, startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/strategies");

const PEM = btoa(
  "-----BEGIN CERTIFICATE REQUEST-----\nMH8wMwIBADAAMCowBQYDK2VwAyEAd+YRexPIxQFeogkOZU+JBGF1uT1P7sgPBFwjLnm/HyagADAFBgMrZXADQQAnXUalqOOdypG72fQeCcAPUihx/Yy5R/a3guBzL0xHVMC78Y+zNkTUckCOn+/X9NJ4WnxWQJS+l1mlEphkKwAF\n-----END CERTIFICATE REQUEST-----\n",
);
const template = { spec: { restartPolicy: "Never", containers: [{ name: "app", image: "app:1" }] } };
type Newer = Stored & { readonly spec: { readonly metrics: readonly V2MetricSpec[]; readonly maxReplicas: number } };

const csrs = { of: "certificatesigningrequests.certificates.k8s.io/v1" } as const;

test("a job whose name the server makes selects pods by that name", async () => {
  const api = await startApiServer();
  const body = { metadata: { generateName: "once-" }, spec: { template } };
  const job = await api.must<Stored<V1Job>>({ of: "jobs.batch/v1", namespace: "default", verb: "create", body });
  const labels = job.spec?.template.metadata?.labels;
  assert.is(labels?.["batch.kubernetes.io/job-name"], job.metadata.name);
  assert.is(labels?.["batch.kubernetes.io/controller-uid"], job.metadata.uid);
  assert.equal(job.spec?.selector?.matchLabels, { "batch.kubernetes.io/controller-uid": job.metadata.uid });
  await api.close();
});

test("a certificate request says who made it, and approval writes conditions alone", async () => {
  const api = await startApiServer();
  const spec = { request: PEM, signerName: "example.com/own", usages: ["client auth"], username: "root", groups: ["system:masters"] };
  const made = await api.must<Stored<V1CertificateSigningRequest>>({
    ...csrs,
    verb: "create",
    user: alice,
    body: { metadata: { name: "c" }, spec },
  });
  assert.is(made.spec.username, "alice");
  assert.equal(made.spec.groups, ["system:authenticated"]);
  const approved = { ...made, status: { certificate: "AAAA", conditions: [{ type: "Approved", status: "True" }] } };
  const { status } = await api.must<Stored<V1CertificateSigningRequest>>({
    ...csrs,
    verb: "update",
    name: "c",
    subresource: "approval",
    body: approved,
  });
  assert.is(status?.certificate, undefined);
  assert.equal(status?.conditions, [
    { type: "Approved", status: "True", lastUpdateTime: "2026-01-01T00:00:00Z", lastTransitionTime: "2026-01-01T00:00:00Z" },
  ]);
  const { code } = await api.ask({ ...csrs, verb: "update", name: "c", subresource: "status", body: { ...approved, status: {} } });
  assert.is(code, 409); // the revision is an old one
  await api.close();
});

test("a volume says since when it is in its phase", async () => {
  const api = await startApiServer();
  const spec = { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], hostPath: { path: "/data" } };
  const volumes = { of: "persistentvolumes" } as const;
  const made = await api.must<Stored<V1PersistentVolume>>({ ...volumes, verb: "create", body: { metadata: { name: "pv" }, spec } });
  assert.equal(made.status, { phase: "Pending", lastPhaseTransitionTime: "2026-01-01T00:00:00Z" });
  await api.close();
});

test("an autoscaler is the same in both versions", async () => {
  const api = await startApiServer();
  const place = { namespace: "default", name: "web" } as const;
  const spec = { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "web" }, targetCPUUtilizationPercentage: 60 };
  const older = { ...place, of: "horizontalpodautoscalers.autoscaling/v1" } as const;
  const newer = { ...place, of: "horizontalpodautoscalers.autoscaling/v2" } as const;
  await api.must({ ...older, verb: "create", body: { metadata: { name: "web" }, spec } });
  const { metadata, spec: kept } = await api.must<Newer>({ ...newer, verb: "get" });
  assert.is(kept.metrics[0]?.resource?.target.averageUtilization, 60);
  const metrics = [...kept.metrics, { type: "Pods", pods: { metric: { name: "q" }, target: { type: "AverageValue", averageValue: "5" } } }];
  await api.must({ ...newer, verb: "update", body: { metadata, spec: { ...kept, metrics } } });
  const seen = await api.must<Stored<V1HorizontalPodAutoscaler>>({ ...older, verb: "get" });
  assert.is(seen.apiVersion, "autoscaling/v1");
  assert.is(seen.spec?.targetCPUUtilizationPercentage, 60);
  const patch = { spec: { maxReplicas: 9 } };
  await api.must({ ...older, verb: "patch", type: "application/merge-patch+json", body: patch });
  const after = await api.must<Newer>({ ...newer, verb: "get" });
  assert.is(after.spec.maxReplicas, 9);
  assert.is(after.spec.metrics.length, 2);
  await api.close();
});

test("a deleted job leaves its pods behind, unless the client says otherwise", async () => {
  const api = await startApiServer();
  const jobs = { of: "jobs.batch/v1", namespace: "default" } as const;
  await api.must({ ...jobs, verb: "create", body: { metadata: { name: "once" }, spec: { template } } });
  await api.must({ ...jobs, verb: "delete", name: "once" });
  const { metadata } = await api.must<Stored<V1Job>>({ ...jobs, verb: "get", name: "once" });
  assert.equal(metadata.finalizers, ["orphan"]);
  await api.close();
});
