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
`,
);

let started: Promise<TestCluster> | undefined;
const cluster = (): Promise<TestCluster> => (started ??= TestCluster.start({ args: ["--audit-policy", policy] }));

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
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly name?: string };
  readonly responseStatus: { readonly code: number };
  readonly sourceIPs: readonly string[];
};

test("the audit log says who read and wrote Secrets, but not what is in them", async () => {
  const up = await cluster();
  await up.ok("get", "secret", "pw");
  const log = (): readonly Event[] =>
    readFileSync(join(up.data, "logs", "audit.log"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Event);
  const reads = ({ verb, objectRef }: Event): boolean => verb === "get" && objectRef?.name === "pw";
  const events = await up.eventually(
    () => Promise.resolve(log()),
    (all) => all.some(reads),
    { what: "the audit log" },
  );
  const read = events.find(reads);
  assert.equal([read?.user.username, read?.responseStatus.code, read?.sourceIPs], ["kubernetes-admin", 200, ["127.0.0.1"]]);
  assert.not.match(JSON.stringify(events), new RegExp(toBase64("correct-horse")));
  assert.ok(events.every(({ objectRef }) => objectRef?.resource === "secrets"));
});

test("the cluster stops", async () => {
  const up = await cluster();
  assert.is(await up.stop(), 0);
  up.remove();
  rmSync(dir, { recursive: true });
});
