// Who may, what is written down, and what lies encrypted, on a whole cluster with the real kubectl.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { toBase64 } from "#api/core/v1/base64.ts";
import { suite } from "#test/support/suite.ts";
import { encodedRequest, type Wanted } from "#test/support/certificate-request.ts";
import { TestCluster } from "./support/cluster.ts";
import { fails, typeAll, type Line } from "./support/script.ts";

const test = suite("e2e/security", 120_000);

const dir = mkdtempSync(join(tmpdir(), "orrery-audit-"));
const policy = join(dir, "policy.yaml");
writeFileSync(
  policy,
  `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - { level: Metadata, resources: [{ group: "", resources: [secrets] }] }
  - { level: Metadata, namespaces: [watched], verbs: [create] }
`,
);

const admission = join(dir, "admission.yaml");
writeFileSync(
  admission,
  `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      exemptions: { namespaces: [free] }
`,
);

let started: Promise<TestCluster> | undefined;
const cluster = (): Promise<TestCluster> =>
  (started ??= TestCluster.start({ args: ["--audit-policy", policy, "--admission-config", admission] }));

const RBAC = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "reader" },
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"], resourceNames: ["web"] },
        { nonResourceURLs: ["/metrics"], verbs: ["get"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "reader" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "alice" }],
    },
  ],
};

const RIGHTS = (file: string): readonly Line[] => [
  ["auth whoami", /Username +kubernetes-admin\nGroups +\[system:masters system:authenticated\]/],
  [
    "auth whoami --as bob --as-group dev --as-uid 7",
    "ATTRIBUTE   VALUE\nUsername    bob\nUID         7\nGroups      [dev system:authenticated]",
  ],
  ["auth can-i get pods/web --as alice", "no", fails],
  [
    `auth reconcile -f ${file}`,
    /clusterrole\.rbac\.authorization\.k8s\.io\/reader reconciled\n[^]*clusterrolebinding\.rbac\.authorization\.k8s\.io\/reader reconciled/,
  ],
  ["auth can-i get pods/web --as alice", "yes"],
  ["auth can-i get pods/other --as alice", "no", fails],
  ["auth can-i get /metrics --as alice", "yes"],
  ["auth can-i --list --as alice", /^pods +\[\] +\[web\] +\[get list\]$/m],
  ["get pods --as alice", /pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"/, fails],
  ["create clusterrolebinding mine --clusterrole=cluster-admin --user=alice --as alice", /User "alice" cannot create/, fails],
  ["get flowschemas exempt", /^exempt +exempt +1 +<none> +\S+ +(False|\?)$/m],
];

test("rights are reconciled, listed and asked for; who lacks them is told", async () => {
  const up = await cluster();
  await typeAll((args) => up.kubectl(args), RIGHTS(up.file("rbac", RBAC)));
});

const request = async (wanted: Wanted) => ({
  apiVersion: "certificates.k8s.io/v1",
  kind: "CertificateSigningRequest",
  metadata: { name: wanted.name },
  spec: { request: await encodedRequest(wanted), signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
});

test("kubectl approves a certificate request, which is signed, and denies another, which is not", async () => {
  const up = await cluster();
  const carol = up.file("carol", await request({ name: "carol", groups: ["dev"] }));
  const mallory = up.file("mallory", await request({ name: "mallory" }));
  await typeAll(
    (args) => up.kubectl(args),
    [
      [`create -f ${carol}`, "certificatesigningrequest.certificates.k8s.io/carol created"],
      [`create -f ${mallory}`, "certificatesigningrequest.certificates.k8s.io/mallory created"],
      ["certificate approve carol", "certificatesigningrequest.certificates.k8s.io/carol approved"],
      ["certificate deny mallory", "certificatesigningrequest.certificates.k8s.io/mallory denied"],
      ["wait csr/carol --for=jsonpath={.status.certificate} --timeout=30s", /condition met$/],
      ["get csr carol", /kubernetes-admin +<none> +Approved,Issued$/m],
      ["get csr mallory", /kubernetes-admin +<none> +Denied$/m],
    ],
  );
});

/** Everything that nats-server has on its disk. */
const disk = (data: string): string => {
  const store = join(data, "nats", "jetstream");
  const files = readdirSync(store, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1")).join("\n");
};

const keyNames = (data: string): readonly string[] =>
  [...readFileSync(join(data, "encryption.yaml"), "utf8").matchAll(/name: "?(\d+)/g)].map(([, name = ""]) => name);

test("Secrets do not lie in clear; a rotated key encrypts them anew, while the cluster runs", async () => {
  const up = await cluster();
  await up.ok("create", "secret", "generic", "pw", "--from-literal=p=correct-horse");
  await up.ok("create", "configmap", "open", "--from-literal=p=battery-staple");
  assert.match(disk(up.data), /battery-staple/);
  assert.not.match(disk(up.data), new RegExp(toBase64("correct-horse")));
  const [before] = keyNames(up.data);
  assert.match(disk(up.data), new RegExp(`k8s:enc:aesgcm:v1:${before}:`));
  const rotated = await up.orrery("encryption", "rotate");
  assert.match(rotated.stdout, /the API server starts anew and encrypts everything with it/);
  const [after, ...older] = keyNames(up.data);
  assert.equal(older, [before]);
  await up.until(["get", "secret", "pw", "-o", "jsonpath={.data.p}"], (said) => said === toBase64("correct-horse"));
  const isUnder = new RegExp(`k8s:enc:aesgcm:v1:${after}:`);
  await up.eventually(
    () => Promise.resolve(disk(up.data)),
    (seen) => isUnder.test(seen),
    { what: "the store" },
  );
});

type Event = {
  readonly verb: string;
  readonly user: { readonly username?: string };
  readonly objectRef?: { readonly resource: string; readonly name?: string };
  readonly responseStatus: { readonly code: number; readonly message?: string };
  readonly sourceIPs: readonly string[];
  readonly annotations?: { readonly [key: string]: string };
};

const eventsOf = ({ data }: TestCluster): readonly Event[] =>
  readFileSync(join(data, "logs", "audit.log"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event);

/** The event that is written, sooner or later. */
const eventWhere = async (up: TestCluster, is: (event: Event) => boolean): Promise<Event | undefined> => {
  const events = await up.eventually(
    () => Promise.resolve(eventsOf(up)),
    (all) => all.some(is),
    { what: "the audit log" },
  );
  return events.find(is);
};

test("the audit log says who read and wrote Secrets, but not what is in them", async () => {
  const up = await cluster();
  await up.ok("get", "secret", "pw");
  const read = await eventWhere(up, ({ verb, objectRef }) => verb === "get" && objectRef?.name === "pw");
  assert.equal([read?.user.username, read?.responseStatus.code, read?.sourceIPs], ["kubernetes-admin", 200, ["127.0.0.1"]]);
  assert.not.match(JSON.stringify(eventsOf(up)), new RegExp(toBase64("correct-horse")));
  assert.ok(eventsOf(up).every(({ objectRef }) => objectRef?.resource === "secrets"));
});

test("the audit log says who could not come in", async () => {
  const up = await cluster();
  const server = `--server=https://127.0.0.1:${up.ports.api}`;
  const stranger = ["--kubeconfig=/dev/null", server, "--insecure-skip-tls-verify", "--token=bad"];
  assert.is((await up.kubectl([...stranger, "get", "--raw", "/api/v1/secrets"])).code, 1);
  const event = await eventWhere(up, ({ responseStatus }) => responseStatus.code === 401);
  assert.equal([event?.user, event?.verb, event?.objectRef?.resource], [{}, "list", "secrets"]);
  assert.is(event?.responseStatus.message, "Authentication failed, attempted: bearer");
});

const AUDITING = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "small" },
      spec: {
        matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }] },
        validations: [{ expression: "size(object.data) < 1", message: "too much" }],
        auditAnnotations: [{ key: "size", valueExpression: "string(size(object.data))" }],
      },
    },
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "small" },
      spec: { policyName: "small", validationActions: ["Audit"] },
    },
  ],
};

test("the audit log keeps what policies and pod security find; who is exempt is told so", async () => {
  const up = await cluster();
  await up.ok("apply", "-f", up.file("auditing", AUDITING));
  await up.ok("create", "namespace", "watched");
  await up.ok("label", "namespace", "watched", "pod-security.kubernetes.io/audit=restricted");
  await up.ok("-n", "watched", "create", "configmap", "big", "--from-literal=a=b");
  const kept = await eventWhere(up, ({ objectRef }) => objectRef?.name === "big");
  assert.is(kept?.annotations?.["small/size"], "1");
  assert.match(kept?.annotations?.["validation.policy.admission.k8s.io/validation_failure"] ?? "", '"message":"too much","policy":"small"');
  await up.ok("-n", "watched", "run", "p", "--image=orrery.dev/examples/hello:v1");
  const pod = await eventWhere(up, ({ objectRef }) => objectRef?.resource === "pods" && objectRef.name === "p");
  assert.match(pod?.annotations?.["pod-security.kubernetes.io/audit-violations"] ?? "", 'would violate PodSecurity "restricted:latest"');

  await up.ok("create", "namespace", "free");
  const { stderr } = await up.kubectl(["label", "namespace", "free", "pod-security.kubernetes.io/enforce=restricted"]);
  assert.match(stderr, 'namespace "free" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored');
  await up.ok("-n", "free", "run", "p", "--image=orrery.dev/examples/hello:v1");
});

test("admission tells what it does", async () => {
  const up = await cluster();
  const metrics = await up.ok("get", "--raw", "/metrics");
  for (const line of [
    /^apiserver_admission_step_admission_duration_seconds_count\{type="validate",operation="CREATE",rejected="false"\} [1-9]/m,
    /^apiserver_admission_controller_admission_duration_seconds_count\{name="PodSecurity",type="validate",operation="CREATE",rejected="false"\} [1-9]/m,
    /^apiserver_validating_admission_policy_check_total\{policy="small",policy_binding="small",error_type="no_error",enforcement_action="audit"\} [1-9]/m,
    /^pod_security_exemptions_total\{request_operation="create",resource="pod",subresource=""\} [1-9]/m,
    /^apiserver_flowcontrol_work_estimated_seats_count\{priority_level="exempt",flow_schema="exempt"\} [1-9]/m,
  ])
    assert.match(metrics, line);
});

test("the cluster stops", async () => {
  const up = await cluster();
  assert.is(await up.stop(), 0);
  up.remove();
  rmSync(dir, { recursive: true });
});
