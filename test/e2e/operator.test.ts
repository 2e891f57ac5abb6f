// examples/operator: its statechart decides, and the program runs against a whole cluster as its README says.
import { once } from "node:events";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { deployments } from "#api/apps/v1/deployment.ts";
import { suite } from "#test/support/suite.ts";
import { decide, type Observed } from "../../examples/operator/machine.ts";
import { TestCluster } from "./support/cluster.ts";
import { apart } from "./support/place.ts";

const test = suite("e2e/operator", 120_000);
const OPERATOR = join(import.meta.dirname, "..", "..", "examples", "operator");

const meta = { name: "home", namespace: "default", uid: "1", resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z" };
const website = { metadata: meta, spec: { image: "web:1", replicas: 2 } } as Observed["website"];
const workload = (image: string, replicas: number, ready: number): Observed["deployment"] => ({
  metadata: { ...meta, generation: 1 },
  apiVersion: "apps/v1",
  kind: deployments.kind,
  spec: { replicas, selector: {}, template: { spec: { containers: [{ name: "web", image }] } } },
  status: { observedGeneration: 1, replicas, updatedReplicas: replicas, readyReplicas: ready },
});
const decided = (deployment: Observed["deployment"], status?: object): readonly string[] =>
  decide({ website: { ...website, ...(status && { status }) } as Observed["website"], deployment }).map((action) =>
    action.do === "report" ? `report ${action.status.state} ${action.status.readyReplicas}` : action.do,
  );

test("the statechart creates what is absent, changes what differs, and reports news only", () => {
  assert.equal(decided(undefined), ["create", "report absent 0"]);
  assert.equal(decided(workload("web:0", 2, 2)), ["change", "report outdated 2"]);
  assert.equal(decided(workload("web:1", 1, 1)), ["change", "report outdated 1"]);
  assert.equal(decided(workload("web:1", 2, 1)), ["report degraded 1"]);
  assert.equal(decided(workload("web:1", 2, 2)), ["report ready 2"]);
  assert.equal(decided(workload("web:1", 2, 2), { state: "ready", readyReplicas: 2 }), []);
});

test("the program keeps a Deployment for each Website, brings it back, and leaves none behind", async () => {
  const up = await TestCluster.start({ place: apart() });
  const args = [join(OPERATOR, "main.ts"), "--kubeconfig", join(up.data, "kubeconfig")];
  await up.ok("apply", "-f", join(OPERATOR, "crd.yaml"));
  await up.ok("wait", "crd/websites.operator.orrery.dev", "--for=condition=Established", "--timeout=30s");
  const operator = up.place.start({ program: process.execPath, args }, ["ignore", "ignore", "ignore"]);
  const ready = (count: number): Promise<string> => up.until(["get", "site", "home"], (text) => text.includes(`ready   ${count} `));
  const owned = (): Promise<string> => up.ok("get", "deployments", "-o", "jsonpath={.items[?(@.metadata.name=='home')].metadata.uid}");
  try {
    await up.ok("apply", "-f", join(OPERATOR, "website.yaml"));
    await ready(2);
    await up.ok("patch", "website", "home", "--type=merge", "-p", '{"spec":{"replicas":3}}');
    await ready(3);
    const before = await owned();
    await up.ok("delete", "deployment", "home");
    await up.eventually(owned, (uid) => uid !== "" && uid !== before, { what: "the new Deployment" });
    await ready(3);
    await up.ok("delete", "website", "home");
    await up.eventually(owned, (uid) => uid === "", { what: "the Deployment of a deleted Website" });
    operator.kill("SIGTERM");
    const [code] = (await once(operator, "exit")) as [number | null];
    assert.is(code, 0);
    assert.is(await up.ok("get", "lease", "website-operator", "-o", "jsonpath={.spec.holderIdentity}"), "", "the Lease is given back");
  } finally {
    operator.kill("SIGKILL");
    await up.stop();
    up.remove();
  }
});
