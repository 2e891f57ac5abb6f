// What real kubectl asks of discovery and documents, against the API server over HTTPS with the store in memory.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as assert from "uvu/assert";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import { suite } from "#test/support/suite.ts";
import { kubectlPath, VERSIONS } from "./support/clients.ts";

const test = suite("e2e/kubectl-reads", 120_000);
const run = promisify(execFile);

const MAPS = ["one", "two"].map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { key: name } }));

/** `start` begins kubectl and leaves it running. */
type Kubectl = ((...args: readonly string[]) => Promise<string>) & {
  readonly start: (...args: readonly string[]) => ReturnType<typeof spawn>;
};

const withKubectl = async (body: (kubectl: Kubectl, dir: string) => Promise<void>): Promise<void> => {
  const server = await startDevServer();
  const dir = mkdtempSync(join(tmpdir(), "orrery-reads-"));
  try {
    writeFileSync(join(dir, "kubeconfig"), server.kubeconfig);
    for (const version of VERSIONS) {
      const base = ["--kubeconfig", join(dir, "kubeconfig"), "--cache-dir", join(dir, version)];
      const wait = async (...args: readonly string[]): Promise<string> => (await run(kubectlPath(version), [...base, ...args])).stdout;
      const start: Kubectl["start"] = (...args) => spawn(kubectlPath(version), [...base, ...args]);
      // oxlint-disable-next-line no-await-in-loop -- the versions in turn
      await body(Object.assign(wait, { start }), dir);
    }
  } finally {
    rmSync(dir, { recursive: true });
    await server.stop();
  }
};

test("applies a List", () =>
  withKubectl(async (kubectl, dir) => {
    const file = join(dir, "list.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: MAPS }));
    assert.match(await kubectl("apply", "-f", file), /configmap\/one (created|unchanged)\nconfigmap\/two (created|unchanged)/);
    assert.is(await kubectl("get", "configmap", "two", "-o", "jsonpath={.data.key}"), "two");
  }));

test("explains a field from both forms of OpenAPI", () =>
  withKubectl(async (kubectl) => {
    const field = "deployment.spec.strategy.rollingUpdate";
    assert.match(await kubectl("explain", field), /maxSurge\s+<IntOrString>/);
    assert.match(await kubectl("explain", field, "--output=plaintext-openapiv2"), /maxSurge\s+<string>/);
  }));

test("explains fields that are objects, and the values that a field may have", () =>
  withKubectl(async (kubectl) => {
    const context = await kubectl("explain", "pod.spec.securityContext");
    assert.match(context, /appArmorProfile\s+<AppArmorProfile>\s+appArmorProfile is the AppArmor options to use/);
    assert.not.match(context, "<no description>");
    assert.match(await kubectl("explain", "pod.spec.restartPolicy"), /ENUM:\s+Always\s+Never\s+OnFailure\s+DESCRIPTION:/);
  }));

test("reads any path", () =>
  withKubectl(async (kubectl) => {
    assert.is(await kubectl("get", "--raw", "/livez"), "ok");
    assert.match(await kubectl("get", "--raw", "/apis/apps/v1"), /"kind":"APIResourceList"/);
    assert.match(await kubectl("get", "--raw", "/api/v1/namespaces/default?pretty=true"), /^\{\n {2}"kind": "Namespace"/);
  }));

test("serves the API without credentials: kubectl proxy", () =>
  withKubectl(async (kubectl) => {
    const proxy = kubectl.start("proxy", "--port=0");
    try {
      const [said] = (await once(proxy.stdout ?? assert.unreachable() ?? proxy, "data")) as [Buffer];
      const server = `http://${/127\.0\.0\.1:\d+/.exec(said.toString())?.[0] ?? ""}`;
      const namespace = (await (await fetch(`${server}/api/v1/namespaces/default`)).json()) as { readonly kind: string };
      assert.is(namespace.kind, "Namespace");
      const body = JSON.stringify({ metadata: { generateName: "by-proxy-" } });
      const headers = { "content-type": "application/json" };
      assert.is((await fetch(`${server}/api/v1/namespaces/default/configmaps`, { method: "POST", body, headers })).status, 201);
      const watch = await fetch(`${server}/api/v1/namespaces/default/configmaps?watch=1`);
      const first = await watch.body?.getReader().read();
      assert.match(new TextDecoder().decode(first?.value), /^\{"type":"ADDED"/);
    } finally {
      proxy.kill();
      await once(proxy, "close");
    }
  }));

test("says what is served: versions, resources, the cluster's address", () =>
  withKubectl(async (kubectl) => {
    assert.match(await kubectl("api-versions"), /^apps\/v1$[^]*^v1$/m);
    assert.match(await kubectl("api-resources", "--api-group=apps"), /^deployments +deploy +apps\/v1 +true +Deployment$/m);
    assert.match(await kubectl("version"), /^Client Version: v1\.\d+[^]*^Server Version: v1\.36\.0/m);
    assert.match(await kubectl("cluster-info"), "Kubernetes control plane");
    assert.match(await kubectl("config", "view", "--minify"), "certificate-authority-data: DATA+OMITTED");
    assert.is(await kubectl("get", "--raw", "/readyz"), "ok");
  }));
