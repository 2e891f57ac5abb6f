// What conformance asks of controllers without looking into a container, with kubectl on a whole cluster.
import * as assert from "uvu/assert";
import { suite } from "#test/support/suite.ts";
import { TestCluster } from "../support/cluster.ts";
import { apart } from "../support/place.ts";

const test = suite("e2e/conformance/cluster", 60_000);
let started: Promise<TestCluster> | undefined;
const cluster = (): Promise<TestCluster> => {
  started ??= TestCluster.start({ place: apart() });
  return started;
};

const create = (up: TestCluster, object: { readonly metadata: { readonly name: string } }): Promise<string> =>
  up.ok("create", "-f", up.file(object.metadata.name, object), "-o", "jsonpath={.metadata.uid}");
const mapOf = (name: string, owners: readonly object[] = []) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ownerReferences: owners },
});
const ownedBy = (name: string, uid: string): object => ({ apiVersion: "v1", kind: "ConfigMap", name, uid, blockOwnerDeletion: true });
const gone = (up: TestCluster, what: string): Promise<string> => up.ok("wait", what, "--for=delete", "--timeout=30s");

test("two nodes have no taints, and default/kubernetes leads to the API server", async () => {
  const up = await cluster();
  const nodes = await up.ok("get", "nodes", "--no-headers", "-o", "custom-columns=N:.metadata.name,T:.spec.taints[*].key");
  assert.match(nodes, /^worker-1 +<none>\nworker-2 +<none>$/m);
  assert.is(await up.ok("get", "service", "kubernetes", "-o", "jsonpath={.spec.ports[*].name}:{.spec.ports[*].port}"), "https:443");
  const slices = ["get", "endpointslices", "-l", "kubernetes.io/service-name=kubernetes", "-o", "jsonpath={.items[*].ports[*].port}"];
  assert.is(await up.ok(...slices), String(up.ports.api));
  assert.is(await up.ok("get", "endpoints", "kubernetes", "-o", "jsonpath={.subsets[*].ports[*].port}"), String(up.ports.api));
});

test("a Service without pods has a slice and Endpoints, which go with it", async () => {
  const up = await cluster();
  await up.ok("create", "service", "clusterip", "lonely", "--tcp=80");
  const slices = ["get", "endpointslices", "-l", "kubernetes.io/service-name=lonely", "-o", "name"];
  await up.until(slices, (text) => text.startsWith("endpointslice"));
  await up.until(["get", "endpoints", "lonely", "-o", "name"], (text) => text.startsWith("endpoints/lonely"));
  await up.ok("delete", "service", "lonely");
  await up.until(slices, (text) => text === "");
  await gone(up, "endpoints/lonely");
});

test("kube-root-ca.crt is in a new namespace, made again and mended", async () => {
  const up = await cluster();
  await up.ok("create", "namespace", "trust");
  const read = ["get", "configmap", "kube-root-ca.crt", "-n", "trust", "-o", "jsonpath={.data}"];
  const isWhole = (text: string): boolean => text.includes("BEGIN CERTIFICATE");
  await up.until(read, isWhole);
  await up.ok("delete", "configmap", "kube-root-ca.crt", "-n", "trust");
  await up.until(read, isWhole);
  await up.ok("patch", "configmap", "kube-root-ca.crt", "-n", "trust", "--type=merge", "-p", '{"data":{"ca.crt":"","x":"y"}}');
  await up.until(read, (text) => isWhole(text) && !text.includes('"x"'));
});

test("a namespace is deleted with the services in it", async () => {
  const up = await cluster();
  await up.ok("create", "namespace", "leaving");
  await up.ok("create", "service", "clusterip", "inside", "--tcp=80", "-n", "leaving");
  await up.ok("delete", "namespace", "leaving", "--timeout=30s");
  await up.ok("create", "namespace", "leaving");
  assert.is(await up.ok("get", "services", "-n", "leaving", "-o", "name"), "");
});

test("a circle of owners does not keep anything", async () => {
  const up = await cluster();
  const [one, two] = [await create(up, mapOf("one")), await create(up, mapOf("two"))];
  const own = (name: string, owner: object): Promise<string> =>
    up.ok("patch", "configmap", name, "--type=merge", "-p", JSON.stringify({ metadata: { ownerReferences: [owner] } }));
  await own("one", ownedBy("two", two));
  await own("two", ownedBy("one", one));
  await up.ok("delete", "configmap", "one", "--cascade=foreground", "--timeout=30s");
  await gone(up, "configmap/two");
});

test("what has another living owner stays when one is deleted in the foreground", async () => {
  const up = await cluster();
  const owners = [ownedBy("leaves", await create(up, mapOf("leaves"))), ownedBy("stays", await create(up, mapOf("stays")))];
  await create(up, mapOf("both", owners));
  await create(up, mapOf("only", owners.slice(0, 1)));
  await up.ok("delete", "configmap", "leaves", "--cascade=foreground", "--timeout=30s");
  await gone(up, "configmap/only");
  assert.is(await up.ok("get", "configmap", "both", "-o", "jsonpath={.metadata.ownerReferences[*].name}"), "stays");
});

test("a pod that no node is labelled for stays Pending, and the scheduler says why", async () => {
  const up = await cluster();
  const spec = { nodeSelector: { label: "nonempty" }, containers: [{ name: "main", image: "orrery.dev/examples/toolbox:v1" }] };
  await create(up, { apiVersion: "v1", kind: "Pod", metadata: { name: "picky" }, spec } as {
    readonly metadata: { readonly name: string };
  });
  const why = [
    "get",
    "events",
    "--field-selector",
    "involvedObject.name=picky,reason=FailedScheduling",
    "-o",
    "jsonpath={.items[*].message}",
  ];
  await up.until(why, (text) => text.includes("0/3 nodes are available"));
  assert.is(await up.ok("get", "pod", "picky", "-o", "jsonpath={.status.phase}"), "Pending");
});

test("the cluster stops", async () => {
  const up = await cluster();
  assert.is(await up.stop(), 0);
  up.remove();
});
