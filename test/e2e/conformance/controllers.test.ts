// What conformance asks of the controllers of ReplicationControllers, CronJobs, Endpoints and namespaces, with kubectl on a whole cluster.
import * as assert from "uvu/assert";
import { realPort } from "#lib/cluster-network.ts";
import { suite } from "#test/support/suite.ts";
import { TestCluster } from "../support/cluster.ts";
import { PORT } from "../support/expected.ts";
import { apart } from "../support/place.ts";

const test = suite("e2e/conformance/controllers", 120_000);
let started: Promise<TestCluster> | undefined;
const cluster = (): Promise<TestCluster> => {
  started ??= TestCluster.start({ place: apart() });
  return started;
};

const HOLD = "example.com/hold";
const MAIN = { name: "main", image: "orrery.dev/examples/toolbox:v1", args: ["serve"], ports: [{ containerPort: PORT }] };
const podSpec = { terminationGracePeriodSeconds: 0, containers: [MAIN] };

/** Objects in a namespace of their own. */
class Scene {
  readonly #up: TestCluster;
  readonly namespace: string;

  constructor(up: TestCluster, namespace: string) {
    this.#up = up;
    this.namespace = namespace;
  }

  static async open(namespace: string): Promise<Scene> {
    const up = await cluster();
    await up.ok("create", "namespace", namespace);
    return new Scene(up, namespace);
  }

  create(kind: string, name: string, spec: object, metadata: object = {}): Promise<string> {
    const apiVersion = kind === "CronJob" ? "batch/v1" : "v1";
    const object = { apiVersion, kind, metadata: { name, ...metadata }, ...spec };
    return this.ok("create", "-f", this.#up.file(`${this.namespace}-${name}`, object), "-o", "jsonpath={.metadata.uid}");
  }
  ok(...words: readonly string[]): Promise<string> {
    return this.#up.ok("-n", this.namespace, ...words);
  }
  until(wanted: (said: string) => boolean, ...words: readonly string[]): Promise<string> {
    return this.#up.until(["-n", this.namespace, ...words], wanted);
  }
  patch(what: string, body: object, ...words: readonly string[]): Promise<string> {
    return this.ok("patch", ...what.split("/"), "--type=merge", "-p", JSON.stringify(body), ...words);
  }
  async names(what: string): Promise<readonly string[]> {
    return (await this.ok("get", what, "-o", "jsonpath={.items[*].metadata.name}")).split(" ").filter((name) => name !== "");
  }
  /** Ends with everything that is in it. */
  close(): Promise<string> {
    return this.#up.ok("delete", "namespace", this.namespace, "--timeout=60s");
  }
}

const controllerOf = (name: string, replicas: number, metadata: object = {}) => ({
  spec: { replicas, selector: { app: name }, template: { metadata: { labels: { app: name }, ...metadata }, spec: podSpec } },
});
const PODS = ["get", "pods", "-o", "jsonpath={.items[*].metadata.name}"] as const;
const areTwo = (said: string): boolean => said.split(" ").length === 2;

test("a ReplicationController that is deleted in the background takes its pods along", async () => {
  const scene = await Scene.open("background");
  await scene.create("ReplicationController", "web", controllerOf("web", 2));
  await scene.until(areTwo, ...PODS);
  await scene.ok("delete", "rc", "web", "--cascade=background");
  await scene.until((said) => said === "", ...PODS);
  await scene.close();
});

test("one that is deleted in the foreground stays until its pods are gone", async () => {
  const scene = await Scene.open("foreground");
  await scene.create("ReplicationController", "web", controllerOf("web", 2, { finalizers: [HOLD] }));
  await scene.until(areTwo, ...PODS);
  await scene.ok("delete", "rc", "web", "--cascade=foreground", "--wait=false");
  await scene.until(areTwo, "get", "pods", "-o", "jsonpath={.items[*].metadata.deletionTimestamp}");
  assert.is(await scene.ok("get", "rc", "web", "-o", "jsonpath={.metadata.finalizers}"), '["foregroundDeletion"]');
  const [first = "", second = ""] = await scene.names("pods");
  await scene.patch(`pod/${first}`, { metadata: { finalizers: null } });
  await scene.until((said) => said === second, ...PODS);
  assert.equal(await scene.names("rc"), ["web"]);
  await scene.patch(`pod/${second}`, { metadata: { finalizers: null } });
  await scene.ok("wait", "rc/web", "--for=delete", "--timeout=30s");
  await scene.close();
});

test("one that leaves its pods behind leaves them without owner, and the next one adopts them", async () => {
  const scene = await Scene.open("orphan");
  await scene.create("ReplicationController", "web", controllerOf("web", 2));
  await scene.until(areTwo, ...PODS);
  const pods = await scene.names("pods");
  await scene.ok("delete", "rc", "web", "--cascade=orphan");
  const owners = ["get", "pods", "-o", "jsonpath={.items[*].metadata.ownerReferences[*].uid}"];
  assert.is(await scene.ok(...owners), "");
  assert.equal(await scene.names("pods"), pods);
  const uid = await scene.create("ReplicationController", "next", controllerOf("web", 2));
  await scene.until((said) => said === `${uid} ${uid}`, ...owners);
  assert.equal(await scene.names("pods"), pods);
  await scene.close();
});

test("a ReplicationController releases a pod that matches no more, and is scaled", async () => {
  const scene = await Scene.open("scaled");
  await scene.create("ReplicationController", "web", controllerOf("web", 1));
  const [name = ""] = (await scene.until((said) => said !== "", ...PODS)).split(" ");
  await scene.ok("label", "pod", name, "app=other", "--overwrite");
  await scene.until((said) => said === "", "get", "pod", name, "-o", "jsonpath={.metadata.ownerReferences}");
  await scene.until(areTwo, ...PODS);
  await scene.ok("scale", "rc", "web", "--replicas=2");
  await scene.until((said) => said === "2", "get", "rc", "web", "-o", "jsonpath={.status.readyReplicas}");
  const said = await scene.ok("describe", "rc", "web");
  assert.match(said, /^Replicas: +2 current \/ 2 desired\nPods Status: +2 Running \/ 0 Waiting \/ 0 Succeeded \/ 0 Failed$/m);
  assert.match(said, /Normal +SuccessfulCreate +\S+ +replication-controller +Created pod: web-/);
  await scene.close();
});

test("a ReplicationController says that a quota is in its way until it wants no more than it may", async () => {
  const scene = await Scene.open("narrow");
  await scene.ok("create", "quota", "condition-test", "--hard=pods=2");
  await scene.until((said) => said === "2", "get", "quota", "condition-test", "-o", "jsonpath={.status.hard.pods}");
  await scene.create("ReplicationController", "condition-test", controllerOf("web", 3));
  const condition = ["get", "rc", "condition-test", "-o", "jsonpath={.status.conditions[*].type} {.status.conditions[*].message}"];
  const said = await scene.until((text) => text.startsWith("ReplicaFailure"), ...condition);
  assert.match(
    said,
    /pods "condition-test-\w+" is forbidden: exceeded quota: condition-test, requested: pods=1, used: pods=2, limited: pods=2$/,
  );
  await scene.until((text) => text.includes("Error creating: pods"), "get", "events", "--field-selector=reason=FailedCreate");
  await scene.ok("scale", "rc", "condition-test", "--replicas=2");
  await scene.until((text) => text.trim() === "", ...condition);
  await scene.close();
});

const cronJobOf = (suspend: boolean) => ({
  spec: {
    schedule: "* * * * *",
    suspend,
    jobTemplate: { spec: { template: { spec: { restartPolicy: "OnFailure", containers: [{ ...MAIN, args: ["print", "tick"] }] } } } },
  },
});
/** As if the CronJob had started something an hour ago, so that a start is due now. */
const owe = (scene: Scene, name: string): Promise<string> => {
  const lastScheduleTime = new Date(Date.now() - 3_600_000).toISOString().replace(/\.\d+/, "");
  return scene.patch(`cronjob/${name}`, { status: { lastScheduleTime } }, "--subresource=status");
};
const startedBy = (scene: Scene, name: string) =>
  scene.until((said) => said.includes(`${name}-`), "get", "jobs", "-o", "jsonpath={.items[*].metadata.name}");

test("a suspended CronJob starts nothing, and what is due once it is resumed", async () => {
  const scene = await Scene.open("cron");
  await scene.create("CronJob", "suspended", cronJobOf(true));
  await scene.create("CronJob", "running", cronJobOf(false));
  await owe(scene, "suspended");
  await owe(scene, "running");
  await startedBy(scene, "running");
  assert.equal(
    (await scene.names("jobs")).filter((name) => name.startsWith("suspended")),
    [],
  );
  assert.is(await scene.ok("get", "cronjob", "suspended", "-o", "jsonpath={.status.active}"), "");
  await scene.patch("cronjob/suspended", { spec: { suspend: false } });
  await startedBy(scene, "suspended");
  const job = (await scene.names("jobs")).find((name) => name.startsWith("suspended")) ?? "";
  assert.match(job, /^suspended-\d{8}$/);
  await scene.until((said) => said.includes(job), "get", "cronjob", "suspended", "-o", "jsonpath={.status.active[*].name}");
  assert.match(
    await scene.ok("describe", "cronjob", "suspended"),
    new RegExp(`Normal +SuccessfulCreate +\\S+ +cronjob-controller +Created job ${job}`),
  );
  await scene.ok("delete", "cronjob", "suspended");
  await scene.until((said) => !said.includes("suspended"), "get", "jobs", "-o", "name");
  await scene.close();
});

test("a Job is made from a CronJob by hand, beside its schedule", async () => {
  const scene = await Scene.open("by-hand");
  await scene.create("CronJob", "never", cronJobOf(true));
  assert.is(await scene.ok("create", "job", "now", "--from=cronjob/never"), "job.batch/now created\n");
  const made = await scene.ok("get", "job", "now", "-o", "jsonpath={.metadata.annotations} {.metadata.ownerReferences[0].name}");
  assert.match(made, '{"cronjob.kubernetes.io/instantiate":"manual"} never');
  await scene.close();
});

const subsetOf = (ip: string, port: number) => [{ addresses: [{ ip }], ports: [{ name: "http", port, protocol: "TCP" }] }];

test("Endpoints of a Service without selector are mirrored, changed, served and taken away", async () => {
  const scene = await Scene.open("mirrored");
  const { place } = await cluster();
  const slices = [
    "get",
    "endpointslices",
    "-l",
    "endpointslice.kubernetes.io/managed-by=endpointslicemirroring-controller.k8s.io,kubernetes.io/service-name=own",
    "-o",
    "jsonpath={range .items[*]}{.endpoints[*].addresses[*]}:{.ports[*].port} {end}",
  ];
  await scene.create("Service", "own", { spec: { ports: [{ name: "http", port: 80 }] } });
  await scene.create("Endpoints", "own", { subsets: subsetOf("10.1.2.3", 80) });
  await scene.until((said) => said === "10.1.2.3:80 ", ...slices);
  await scene.create("Pod", "web", { spec: podSpec });
  await scene.ok("wait", "pod/web", "--for=condition=Ready", "--timeout=60s");
  const address = await scene.ok("get", "pod", "web", "-o", "jsonpath={.status.podIP}");
  await scene.patch("endpoints/own", { subsets: subsetOf(address, PORT) });
  await scene.until((said) => said === `${address}:${PORT} `, ...slices);
  const mayBindLow = place.uid === undefined && process.getuid?.() === 0;
  const clusterIp = await scene.ok("get", "service", "own", "-o", "jsonpath={.spec.clusterIP}");
  const url = `http://${clusterIp}:${realPort(80, mayBindLow)}/`;
  const answer = async (): Promise<string> => (JSON.parse(await place.node("fetch.ts", url)) as readonly string[]).join().trim();
  await (await cluster()).eventually(answer, (said) => said === "web", { what: `the answer of ${url}` });
  await scene.ok("delete", "endpoints", "own");
  await scene.until((said) => said === "", ...slices);
  await scene.close();
});

test("a namespace that ends loses its pods first, and everything else after them", async () => {
  const scene = await Scene.open("ordered");
  await scene.ok("create", "configmap", "kept", "--from-literal=k=v");
  await scene.create("Pod", "held", { spec: podSpec }, { finalizers: [HOLD] });
  await scene.ok("delete", "namespace", "ordered", "--wait=false");
  await scene.until((said) => said !== "", "get", "pod", "held", "-o", "jsonpath={.metadata.deletionTimestamp}");
  const remaining = 'jsonpath={.status.phase} {.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message}';
  const said = await scene.until((text) => text.includes(HOLD), "get", "namespace", "ordered", "-o", remaining);
  assert.is(said, `Terminating Some content in the namespace has finalizers remaining: ${HOLD} in 1 resource instances`);
  assert.match(
    await scene.ok("describe", "namespace", "ordered"),
    /SomeResourcesRemain +Some resources are remaining: pods\. has 1 resource instances/,
  );
  assert.is(await scene.ok("get", "configmap", "kept", "-o", "jsonpath={.metadata.deletionTimestamp}{.data.k}"), "v");
  await scene.patch("pod/held", { metadata: { finalizers: null } });
  await scene.ok("wait", "namespace/ordered", "--for=delete", "--timeout=60s");
});

test("the cluster stops", async () => {
  const up = await cluster();
  assert.is(await up.stop(), 0);
  up.remove();
});
