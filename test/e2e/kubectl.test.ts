// kubectl on a whole cluster: what only controllers and nodes make true.
import { once } from "node:events";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { V1APIVersions } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { VERSIONS, type Version } from "./support/clients.ts";
import { TestCluster } from "./support/cluster.ts";
import { deploymentOf } from "./support/expected.ts";
import { apart } from "./support/place.ts";
import { fails, typeAll, type Line } from "./support/script.ts";

const test = suite("e2e/kubectl", 180_000);
let started: Promise<TestCluster> | undefined;
const cluster = (): Promise<TestCluster> => {
  started ??= TestCluster.start({ place: apart() });
  return started;
};

const ROLLOUTS = (web: string): readonly Line[] => [
  [`apply -f ${web}`, "deployment.apps/web created"],
  ["rollout status deployment/web --timeout=60s", /deployment "web" successfully rolled out$/],
  ["wait deployment/web --for=condition=Available --timeout=30s", "deployment.apps/web condition met"],
  ["wait deployment/web --for=jsonpath={.status.readyReplicas}=2", "deployment.apps/web condition met"],
  ["get deployment web", /^web +2\/2 +2 +2 +\S+$/m],
  ["get deployment web -o wide", /^web .* main +orrery\.dev\/examples\/toolbox:v1 +app=web$/m],
  ["set env deployment/web STAGE=two", "deployment.apps/web env updated"],
  ["rollout status deployment/web --timeout=60s", /successfully rolled out$/],
  ["rollout history deployment/web", /^deployment\.apps\/web ?\nREVISION +CHANGE-CAUSE\n1 +<none>\n2 +<none>$/m],
  ["rollout history deployment/web --revision=2", /STAGE:\s+two/],
  ["rollout history deployment/web --revision=9", "error: unable to find the specified revision", fails],
  ["rollout pause deployment/web", "deployment.apps/web paused"],
  ["set env deployment/web STAGE=three", "deployment.apps/web env updated"],
  ["rollout undo deployment/web", /it is paused|you cannot rollback a paused deployment/, fails],
  ["rollout resume deployment/web", "deployment.apps/web resumed"],
  ["rollout undo deployment/web --to-revision=1", "deployment.apps/web rolled back"],
  ["rollout restart deployment/web", "deployment.apps/web restarted"],
  ["rollout status deployment/web --timeout=60s", /successfully rolled out$/],
  ["describe deployment web", /ScalingReplicaSet +\S.* deployment-controller +Scaled up replica set web-\S+ from 0 to 2/],
  ["describe replicaset -l app=web", /Controlled By: +Deployment\/web/],
  ["expose deployment web --port=80 --target-port=8080", "service/web exposed"],
  ["describe service web", /Endpoints: +\S+:8080,\S+:8080/],
  ["events --for deployment/web", /Normal +ScalingReplicaSet +Deployment\/web +Scaled up replica set/],
  ["get events --field-selector reason=ScalingReplicaSet", /deployment\/web/],
  ["get all -l app=web", /^pod\/web-[^]*^service\/web [^]*^deployment\.apps\/web [^]*^replicaset\.apps\/web-/m],
];

const PODS: readonly Line[] = [
  ["run one --image=orrery.dev/examples/toolbox:v1 --port=8080 -- serve", "pod/one created"],
  ["wait pod/one --for=condition=Ready --timeout=30s", "pod/one condition met"],
  ["describe pod one", /Normal +Started +\S+ +kubelet/],
  ["run says --image=orrery.dev/examples/toolbox:v1 --restart=Never -- print hello there", "pod/says created"],
  ["wait pod/says --for=jsonpath={.status.phase}=Succeeded --timeout=30s", "pod/says condition met"],
  ["logs says", "hello there"],
  ["logs says --timestamps", /^\d{4}-\d\d-\d\dT\S+Z hello there$/],
  ["logs says -c nope", /container nope is not valid for pod says/, fails],
  ["logs nobody", /pods "nobody" not found/, fails],
  ["get pods --field-selector=status.phase=Succeeded -o name", "pod/says"],
  ["get pods -l run --chunk-size=1 --sort-by=.metadata.name -o name", "pod/one\npod/says"],
  ["get pods -o custom-columns=N:.metadata.name,P:.status.phase -l run=says", "N      P\nsays   Succeeded"],
  ["get pod says -o go-template={{.metadata.name}}", "says"],
  ["top pods", "error: Metrics API not available", fails],
  ["top nodes", "error: Metrics API not available", fails],
  ["cluster-info", /Kubernetes control plane.* is running at .*https:\/\/127\.0\.0\.1:\d+/],
  ["delete pod one says --now", /pod "one" deleted.*\npod "says" deleted/],
  ["wait pod/one --for=delete --timeout=30s", ""],
];

const NODES: readonly Line[] = [
  ["cordon worker-1", "node/worker-1 cordoned"],
  ["get node worker-1", /^worker-1 +Ready,SchedulingDisabled /m],
  ["drain worker-1 --ignore-daemonsets --delete-emptydir-data --force --timeout=60s", /node\/worker-1 drained$/],
  ["get pods -A --field-selector=spec.nodeName=worker-1 -o name", ""],
  ["uncordon worker-1", "node/worker-1 uncordoned"],
  ["rollout status deployment/web --timeout=60s", /successfully rolled out$/],
  ["describe node worker-1", /^ {2}Ready +True .* KubeletReady +kubelet is posting ready status$/m],
];

const CASCADES: readonly Line[] = [
  ["delete service web", /service "web" deleted/],
  ["delete deployment web --cascade=orphan", /deployment\.apps "web" deleted/],
  ["get replicaset -l app=web -o jsonpath={.items[*].metadata.ownerReferences}", ""],
  ["get replicaset -l app=web -o name", /^replicaset\.apps\/web-/],
  ["delete replicaset -l app=web --cascade=foreground --timeout=60s", /replicaset\.apps "web-\S+" deleted/],
  ["get pods -l app=web", /No resources found in \S+ namespace\./],
  ["create configmap a", "configmap/a created"],
  ["delete configmaps --all", /configmap "a" deleted/],
];

const session = async (up: TestCluster, version: Version): Promise<void> => {
  const namespace = `team-${version.replace(".", "-")}`;
  const type = (lines: readonly Line[]): Promise<void> =>
    typeAll((args) => up.kubectl(["--namespace", namespace, ...args], version), lines);
  const { metadata: _metadata, ...web } = deploymentOf(namespace, "web", 2);
  const file = up.file(`web-${version}`, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", labels: { app: "web" } },
    ...web,
  });
  await type([[`create namespace ${namespace}`, `namespace/${namespace} created`]]);
  for (const lines of [ROLLOUTS(file), PODS, NODES, CASCADES]) await type(lines);
  await type([[`delete namespace ${namespace} --timeout=60s`, `namespace "${namespace}" deleted`]]);
};

for (const version of VERSIONS)
  test(`kubectl ${version} rolls out, waits, reads logs, drains and deletes by every cascade`, async () =>
    session(await cluster(), version));

/** Starts `kubectl proxy`, asks it through curl what is served, and ends it. */
const throughProxy = async (up: TestCluster, arg: string, reach: (at: string) => readonly string[]): Promise<string> => {
  const proxy = up.startKubectl(["proxy", arg]);
  try {
    const [said] = (await once(proxy.stdout ?? proxy, "data")) as [Buffer];
    const [, at = ""] = /^Starting to serve on (\S+)/.exec(said.toString()) ?? [];
    return (await up.place.run({ program: "curl", args: ["-sS", "--noproxy", "*", ...reach(at)] })).stdout;
  } finally {
    proxy.kill();
  }
};

test("kubectl proxy answers on a port of its own choice and on a socket", async () => {
  const up = await cluster();
  const byPort = await throughProxy(up, "--port=0", (at) => [`http://${at}/api/`]);
  assert.is((JSON.parse(byPort) as V1APIVersions).kind, "APIVersions");
  const socket = join(up.data, "proxy.sock");
  const bySocket = await throughProxy(up, `--unix-socket=${socket}`, (at) => ["--unix-socket", at, "http://localhost/api/"]);
  assert.is(bySocket, byPort);
});

test("the cluster stops", async () => {
  const up = await cluster();
  assert.is(await up.stop(), 0);
  up.remove();
});
