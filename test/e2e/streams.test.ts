// Real kubectl reaches into pods and nodes: port-forward, attach, the proxies; what is refused is refused in words. Without
// any privilege where the machine allows it, so that low ports are elsewhere than they say.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as assert from "uvu/assert";
import { suite } from "#test/support/suite.ts";
import { VERSIONS, type Version } from "./support/clients.ts";
import { TestCluster } from "./support/cluster.ts";
import { asNobody, here, noNamespace } from "./support/place.ts";

const test = suite("e2e/streams", 240_000);
const NODE = "/api/v1/nodes/worker-1/proxy";
const WEB = "/api/v1/namespaces/default";

const labels = { app: "low" };
const low = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "low", labels },
  spec: { containers: [{ name: "web", image: "orrery.dev/examples/web:v1", ports: [{ containerPort: 80 }] }] },
};
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "low" }, spec: { selector: labels, ports: [{ port: 80 }] } };

/** Nobody may attach to what is called `closed`. */
const policy = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicy",
  metadata: { name: "closed" },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CONNECT"], resources: ["pods/attach"] }],
    },
    validations: [{ expression: "request.name != 'closed'", message: "it is closed" }],
  },
};
const binding = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingAdmissionPolicyBinding",
  metadata: { name: "closed" },
  spec: { policyName: "closed", validationActions: ["Deny"] },
};

const withCluster = async (body: (cluster: TestCluster) => Promise<void>): Promise<void> => {
  const cluster = await TestCluster.start({ place: noNamespace() === undefined ? asNobody() : here() });
  try {
    await body(cluster);
  } finally {
    await cluster.stop();
    cluster.remove();
  }
};

/** What a program that goes on has printed, once it has printed this. Rejects: when it ends before. */
const printed = (child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> => {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    text += String(chunk);
    const found = wanted.exec(text);
    if (found !== null) resolve(found);
  });
  child.once("close", () => reject(new Error(`it ended and had printed: ${text}`)));
  return promise;
};

const end = async (child: ChildProcess): Promise<void> => {
  const isOver = child.exitCode !== null || child.signalCode !== null;
  const exited = isOver ? undefined : once(child, "exit");
  child.kill("SIGINT");
  await exited;
};

const forwards = async (cluster: TestCluster, target: string, version: Version): Promise<void> => {
  const child = cluster.startKubectl(["port-forward", target, ":80"], version);
  try {
    const [, port = ""] = await printed(child, /Forwarding from 127\.0\.0\.1:(\d+) -> 80/);
    const fetched = await Promise.all([1, 2, 3].map((turn) => cluster.place.node("fetch.ts", `http://127.0.0.1:${port}/${turn}`)));
    for (const [at, text] of fetched.entries()) assert.match(text, new RegExp(`Hello from low\\\\nGET /${at + 1}`));
  } finally {
    await end(child);
  }
};

const attaches = async (cluster: TestCluster, version: Version): Promise<void> => {
  const child = cluster.startKubectl(["attach", "deployment/hello"], version);
  try {
    assert.ok(await printed(child, /Hello again, after \d+ s\n/));
  } finally {
    await end(child);
  }
};

const proxies = async (cluster: TestCluster): Promise<void> => {
  for (const path of ["pods/low", "pods/low:80", "services/low:80", "services/low"])
    assert.match(await cluster.ok("get", "--raw", `${WEB}/${path}/proxy/x`), /^Hello from low\nGET \/x\n/, path);
};

const readsNode = async (cluster: TestCluster): Promise<void> => {
  const raw = (path: string): Promise<string> => cluster.ok("get", "--raw", `${NODE}${path}`);
  assert.is(await raw("/healthz"), "ok");
  const { node, pods } = JSON.parse(await raw("/stats/summary")) as { node: { nodeName: string }; pods: { podRef: { name: string } }[] };
  assert.is(node.nodeName, "worker-1");
  const { items } = JSON.parse(await raw("/pods")) as { items: { metadata: { name: string } }[] };
  const names = items.map(({ metadata }) => metadata.name);
  assert.ok(pods.every(({ podRef }) => names.includes(podRef.name)));
  assert.match(await raw("/metrics/resource"), /^node_memory_working_set_bytes \d+$/m);
  assert.match(await raw("/configz"), '"kind":"KubeletConfiguration"');
  const unknown = await cluster.kubectl(["get", "--raw", `${NODE}/logs/`]);
  assert.match(unknown.stderr, "the server could not find the requested resource");
};

const refuses = async (cluster: TestCluster): Promise<void> => {
  const why = async (...args: readonly string[]): Promise<string> => (await cluster.kubectl(args)).stderr;
  const guest = "exec is not supported on pod low: container web is a WebAssembly guest, in which no other process can be started";
  assert.is(await why("exec", "low", "--", "ls"), `Error from server (MethodNotAllowed): ${guest}\n`);
  assert.match(await why("attach", "nobody"), 'pods "nobody" not found');
  await cluster.ok("apply", "-f", cluster.file("policy", policy), "-f", cluster.file("binding", binding));
  await cluster.ok("run", "closed", "--image=orrery.dev/examples/web:v1", "--port=8080");
  await cluster.ok("wait", "pod/closed", "--for=condition=Ready", "--timeout=60s");
  assert.match(await why("attach", "closed"), 'The pods "closed" is invalid: : it is closed');
};

test("lets kubectl into pods and nodes, as far as there is something", () =>
  withCluster(async (cluster) => {
    await cluster.ok("apply", "-f", cluster.file("low", low), "-f", cluster.file("service", service));
    await cluster.ok("wait", "pod/low", "--for=condition=Ready", "--timeout=60s");
    for (const version of VERSIONS) {
      await forwards(cluster, "pod/low", version);
      await attaches(cluster, version);
    }
    await forwards(cluster, "service/low", "1.35");
    await proxies(cluster);
    await readsNode(cluster);
    await refuses(cluster);
  }));
