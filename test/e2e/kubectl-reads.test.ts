// What real kubectl asks of discovery and documents, against the API server over HTTPS with the store in memory.
import { execFile } from "node:child_process";
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

const withKubectl = async (
  body: (kubectl: (...args: readonly string[]) => Promise<string>, dir: string) => Promise<void>,
): Promise<void> => {
  const server = await startDevServer();
  const dir = mkdtempSync(join(tmpdir(), "orrery-reads-"));
  try {
    writeFileSync(join(dir, "kubeconfig"), server.kubeconfig);
    for (const version of VERSIONS) {
      const base = ["--kubeconfig", join(dir, "kubeconfig"), "--cache-dir", join(dir, version)];
      // oxlint-disable-next-line no-await-in-loop -- the versions in turn
      await body(async (...args) => (await run(kubectlPath(version), [...base, ...args])).stdout, dir);
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
