// Admission as users meet it: a webhook server beside a real cluster, quotas, limit ranges and pod security, by real kubectl.
import * as assert from "uvu/assert";
import { TestCluster } from "#test/e2e/support/cluster.ts";
import { suite } from "#test/support/suite.ts";
import { startWebhookServer } from "#test/support/webhook-server.ts";

const test = suite("e2e/admission", 180_000);

type Review = { readonly request: { readonly uid: string; readonly object?: { readonly data?: { readonly [key: string]: string } } } };

const response = ({ request }: Review, rest: object) => ({
  apiVersion: "admission.k8s.io/v1",
  kind: "AdmissionReview",
  response: { uid: request.uid, ...rest },
});

const patch = (operations: readonly object[]) => ({
  allowed: true,
  patchType: "JSONPatch",
  patch: Buffer.from(JSON.stringify(operations)).toString("base64"),
});

const HOOKS = {
  "/deny": (review: Review) =>
    response(
      review,
      review.request.object?.data?.["bad"] === undefined ? { allowed: true } : { allowed: false, status: { message: "it is bad" } },
    ),
  "/mutate": (review: Review) => response(review, patch([{ op: "add", path: "/data/mutated", value: "yes" }])),
  "/never": () => undefined,
};

const configuration = (kind: string, name: string, webhook: object) => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: `${kind}WebhookConfiguration`,
  metadata: { name },
  webhooks: [
    {
      name: `${name}.example.com`,
      rules: [{ operations: ["CREATE", "UPDATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] }],
      namespaceSelector: { matchLabels: { hooked: "yes" } },
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      ...webhook,
    },
  ],
});

const webhooksWork = async (cluster: TestCluster): Promise<void> => {
  const server = await startWebhookServer(HOOKS);
  try {
    const caBundle = Buffer.from(server.authority).toString("base64");
    const at = (path: string) => ({ clientConfig: { url: `${server.url}${path}`, caBundle } });
    await cluster.ok("create", "namespace", "hooked");
    await cluster.ok("label", "namespace", "hooked", "hooked=yes");
    const items = [configuration("Validating", "deny", at("/deny")), configuration("Mutating", "mutate", at("/mutate"))];
    await cluster.ok("apply", "-f", cluster.file("hooks", { apiVersion: "v1", kind: "List", items }));
    const denied = await cluster.kubectl(["-n", "hooked", "create", "configmap", "a", "--from-literal=bad=1"]);
    assert.is(denied.code, 1);
    assert.match(denied.stderr, 'admission webhook "deny.example.com" denied the request: it is bad');
    await cluster.ok("-n", "hooked", "create", "configmap", "a", "--from-literal=good=1");
    assert.is(await cluster.ok("-n", "hooked", "get", "configmap", "a", "-o", "jsonpath={.data.mutated}"), "yes");
    await cluster.ok("create", "configmap", "a", "--from-literal=bad=1");
    await cluster.ok("apply", "-f", cluster.file("slow", configuration("Validating", "slow", { ...at("/never"), timeoutSeconds: 1 })));
    const late = await cluster.kubectl(["-n", "hooked", "create", "configmap", "b", "--from-literal=good=1"]);
    assert.match(
      late.stderr,
      /failed calling webhook "slow\.example\.com": failed to call webhook: Post .*\/never\?timeout=1s": context deadline exceeded/,
    );
    const ignore = '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Ignore"}]';
    await cluster.ok("patch", "validatingwebhookconfiguration", "slow", "--type=json", "-p", ignore);
    await cluster.ok("-n", "hooked", "create", "configmap", "b", "--from-literal=good=1");
    await cluster.ok("delete", "validatingwebhookconfiguration,mutatingwebhookconfiguration", "--all");
    await cluster.ok("-n", "hooked", "create", "configmap", "c", "--from-literal=bad=1");
  } finally {
    await server.stop();
  }
};

const quotasWork = async (cluster: TestCluster): Promise<void> => {
  await cluster.ok("create", "namespace", "limited");
  await cluster.ok("-n", "limited", "create", "quota", "q", "--hard=pods=2,requests.cpu=100m,count/configmaps=9");
  const limits = [{ type: "Container", defaultRequest: { cpu: "50m" }, max: { memory: "1Gi" }, default: { memory: "64Mi" } }];
  const range = { apiVersion: "v1", kind: "LimitRange", metadata: { name: "l", namespace: "limited" }, spec: { limits } };
  await cluster.ok("apply", "-f", cluster.file("limits", range));
  await cluster.until(["-n", "limited", "get", "quota", "q", "-o", "jsonpath={.status.used.pods}"], (used) => used === "0");
  await cluster.ok("-n", "limited", "create", "deployment", "hello", "--image=orrery.dev/examples/hello:v1", "--replicas=3");
  const condition = "jsonpath={.status.conditions[?(@.type=='ReplicaFailure')].message}";
  const failure = await cluster.until(
    ["-n", "limited", "get", "replicasets", "-o", condition.replace("{.", "{.items[0].")],
    (text) => text !== "",
  );
  assert.match(
    failure,
    /is forbidden: exceeded quota: q, requested: pods=1,requests\.cpu=50m, used: pods=2,requests\.cpu=100m, limited: pods=2,requests\.cpu=100m/,
  );
  await cluster.ok("-n", "limited", "scale", "deployment", "hello", "--replicas=0");
  await cluster.until(["-n", "limited", "get", "quota", "q", "-o", "jsonpath={.status.used.pods}"], (used) => used === "0");
};

const podSecurityWorks = async (cluster: TestCluster): Promise<void> => {
  await cluster.ok("create", "namespace", "safe");
  await cluster.ok("label", "namespace", "safe", "pod-security.kubernetes.io/enforce=restricted");
  const { code, stderr } = await cluster.kubectl(["-n", "safe", "run", "p", "--image=orrery.dev/examples/hello:v1"]);
  assert.is(code, 1);
  assert.match(stderr, 'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "p" must set');
  const made = await cluster.kubectl(["-n", "safe", "create", "deployment", "d", "--image=orrery.dev/examples/hello:v1"]);
  assert.match(made.stderr, 'Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false');
};

test("webhooks, quotas, limit ranges and pod security hold in a cluster", async () => {
  const cluster = await TestCluster.start({ args: ["--nodes", "2"] });
  try {
    await webhooksWork(cluster);
    await quotasWork(cluster);
    await podSecurityWorks(cluster);
  } finally {
    await cluster.stop();
    cluster.remove();
  }
});
