// Admission policies as people use them: the examples, applied with kubectl, and what they then let pass.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as assert from "uvu/assert";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import { suite } from "#test/support/suite.ts";
import { kubectlPath, VERSIONS } from "./support/clients.ts";

const test = suite("e2e/policies", 120_000);
const run = promisify(execFile);
const EXAMPLES = join(import.meta.dirname, "../../examples/policies");

type Said = { readonly stdout: string; readonly stderr: string };

const withKubectl = async (body: (kubectl: (...args: readonly string[]) => Promise<Said>) => Promise<void>): Promise<void> => {
  const server = await startDevServer();
  const dir = mkdtempSync(join(tmpdir(), "orrery-policies-"));
  const kubeconfig = join(dir, "kubeconfig");
  try {
    writeFileSync(kubeconfig, server.kubeconfig);
    const version = VERSIONS[0] ?? "";
    await body((...args) =>
      run(kubectlPath(version), ["--kubeconfig", kubeconfig, "--cache-dir", join(dir, "cache"), ...args]).catch((error: Said) => error),
    );
  } finally {
    rmSync(dir, { recursive: true });
    await server.stop();
  }
};

test("examples/policies/replicas.yaml: a Deployment may have as many replicas as its namespace allows", () =>
  withKubectl(async (kubectl) => {
    const applied = await kubectl("apply", "-f", join(EXAMPLES, "replicas.yaml"));
    assert.match(applied.stdout, "validatingadmissionpolicy.admissionregistration.k8s.io/replicas created");
    await kubectl("create", "namespace", "small");
    await kubectl("label", "namespace", "small", "limited=yes");
    const deploy = (name: string, replicas: number): Promise<Said> =>
      kubectl("-n", "small", "create", "deployment", name, "--image=hello", `--replicas=${replicas}`);
    assert.match((await deploy("early", 1)).stderr, "no params found for policy binding with `Deny` parameterNotFoundAction");
    await kubectl("-n", "small", "create", "configmap", "limits", "--from-literal=replicas=3");
    assert.match((await deploy("fits", 3)).stdout, "deployment.apps/fits created");
    const denied = "ValidatingAdmissionPolicy 'replicas' with binding 'replicas' denied request: no more than 3 replicas are allowed here";
    assert.match((await deploy("big", 4)).stderr, denied);
    assert.match((await kubectl("create", "deployment", "elsewhere", "--image=hello", "--replicas=9")).stdout, "created");
    assert.match((await kubectl("get", "validatingadmissionpolicies")).stdout, /replicas\s+1\s+v1\/ConfigMap/);
  }));

test("examples/policies/team.yaml: objects are labelled with their namespace's team", () =>
  withKubectl(async (kubectl) => {
    await kubectl("apply", "-f", join(EXAMPLES, "team.yaml"));
    await kubectl("create", "namespace", "a");
    await kubectl("label", "namespace", "a", "team=blue");
    for (const namespace of ["a", "default"]) await kubectl("-n", namespace, "create", "configmap", "c", "--from-literal=x=1");
    const team = async (namespace: string): Promise<string> =>
      (await kubectl("-n", namespace, "get", "configmap", "c", "-o", "jsonpath={.metadata.labels.team}{.data.x}")).stdout;
    assert.equal([await team("a"), await team("default")], ["blue1", "1"]);
  }));

test("a policy with a mistake is refused with the place of it", () =>
  withKubectl(async (kubectl) => {
    const spec = {
      matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }] },
      validations: [{ expression: "object.spec.hostNetwork != true &&& true" }],
    };
    const file = join(mkdtempSync(join(tmpdir(), "orrery-bad-")), "policy.json");
    const policy = { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", metadata: { name: "bad" }, spec };
    writeFileSync(file, JSON.stringify(policy));
    const { stderr } = await kubectl("apply", "-f", file);
    rmSync(join(file, ".."), { recursive: true });
    assert.match(stderr, /spec\.validations\[0\]\.expression: Invalid value: .*compilation failed: ERROR: <input>:1:35: Syntax error/);
  }));
