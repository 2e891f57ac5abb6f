// What conformance asks of identity and permission, over HTTPS.
import * as assert from "uvu/assert";
import type {
  V1CertificateSigningRequest,
  V1Pod,
  V1SelfSubjectReview,
  V1ServiceAccount,
  V1Status,
  V1SubjectAccessReview,
  V1TokenReview,
} from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { encodedRequest } from "#test/support/certificate-request.ts";
import { MERGE, Wire, withWire, type List, type Told } from "../support/wire.ts";

const test = suite("e2e/conformance/auth", 20_000);

const ACCOUNTS = "/api/v1/namespaces/default/serviceaccounts";
const REVIEWS = "/apis/authorization.k8s.io/v1";

const shown = (told: readonly Told[]): readonly string[] => told.map(({ type, object }) => `${type} ${object.metadata.name}`);

test("a service account is created, watched, patched, updated, found by its label everywhere, and deleted", () =>
  withWire(async (wire) => {
    const watched = await wire.watch(`${ACCOUNTS}?labelSelector=who=bot`);
    await wire.must("POST", ACCOUNTS, { body: { metadata: { name: "bot", labels: { who: "bot" } } } });
    const body = { automountServiceAccountToken: false };
    const patched = await wire.must<V1ServiceAccount>("PATCH", `${ACCOUNTS}/bot`, { body, type: MERGE });
    assert.is(patched.automountServiceAccountToken, false);
    const updated = await wire.must<V1ServiceAccount>("PUT", `${ACCOUNTS}/bot`, {
      body: { ...patched, automountServiceAccountToken: true },
    });
    assert.is(updated.automountServiceAccountToken, true);
    assert.is((await wire.must<List>("GET", "/api/v1/serviceaccounts?labelSelector=who=bot")).items.length, 1);
    await wire.must("DELETE", `${ACCOUNTS}?labelSelector=who=bot`);
    assert.equal(shown(await watched.take(4)), ["ADDED bot", "MODIFIED bot", "MODIFIED bot", "DELETED bot"]);
    watched.stop();
  }));

/** Whether an account and a pod each want the token: conformance's three times three. */
const WISHES = [undefined, true, false] as const;
for (const account of WISHES)
  for (const pod of WISHES)
    test(`the token is ${(pod ?? account ?? true) ? "" : "not "}mounted when the account says ${account}, the pod ${pod}`, () =>
      withWire(async (wire) => {
        await wire.must("POST", ACCOUNTS, { body: { metadata: { name: "bot" }, automountServiceAccountToken: account } });
        const { spec } = await wire.must<V1Pod>("POST", "/api/v1/namespaces/default/pods", {
          body: {
            metadata: { name: "one" },
            spec: { serviceAccountName: "bot", automountServiceAccountToken: pod, containers: [{ name: "main", image: "x" }] },
          },
        });
        const mounts = spec?.containers?.[0]?.volumeMounts?.map(({ mountPath }) => mountPath) ?? [];
        const wanted = (pod ?? account ?? true) ? ["/var/run/secrets/kubernetes.io/serviceaccount"] : [];
        assert.equal(mounts, wanted);
      }));

test("a token that was asked for names its account, in a review and as a bearer", () =>
  withWire(async (wire, dev) => {
    await wire.must("POST", ACCOUNTS, { body: { metadata: { name: "bot" } } });
    const { status } = await wire.must<{ readonly status: { readonly token: string } }>("POST", `${ACCOUNTS}/bot/token`, {
      body: { spec: { expirationSeconds: 600 } },
    });
    const reviewed = await wire.must<V1TokenReview>("POST", "/apis/authentication.k8s.io/v1/tokenreviews", { body: { spec: status } });
    assert.is(reviewed.status?.authenticated, true);
    assert.is(reviewed.status?.user?.username, "system:serviceaccount:default:bot");
    const { server, certificateAuthority } = dev.access;
    const bot = new Wire({ server, certificateAuthority }, { authorization: `Bearer ${status.token}` });
    const self = await bot.must<V1SelfSubjectReview>("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", { body: {} });
    assert.is(self.status?.userInfo?.username, "system:serviceaccount:default:bot");
    bot.close();
  }));

test("a review of somebody's access says what somebody is answered", () =>
  withWire(async (wire, dev) => {
    const as = new Wire(dev.access, { "impersonate-user": "jane" });
    const attributes = { namespace: "default", verb: "list", resource: "configmaps" };
    const allowed = async (): Promise<readonly unknown[]> => {
      const spec = { user: "jane", resourceAttributes: attributes };
      const everywhere = await wire.must<V1SubjectAccessReview>("POST", `${REVIEWS}/subjectaccessreviews`, { body: { spec } });
      const path = `${REVIEWS}/namespaces/default/localsubjectaccessreviews`;
      const local = await wire.must<V1SubjectAccessReview>("POST", path, { body: { metadata: { namespace: "default" }, spec } });
      const { code } = await as.ask("GET", "/api/v1/namespaces/default/configmaps");
      return [everywhere.status?.allowed, local.status?.allowed, code];
    };
    assert.equal(await allowed(), [false, false, 403]);
    const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }];
    await wire.must("POST", `${rbac}/roles`, { body: { metadata: { name: "lists" }, rules } });
    await wire.must("POST", `${rbac}/rolebindings`, {
      body: {
        metadata: { name: "jane" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "lists" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "jane" }],
      },
    });
    assert.equal(await allowed(), [true, true, 200]);
    as.close();
  }));

test("a certificate request is approved through its own subresource, its status through another", () =>
  withWire(async (wire) => {
    const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    const spec = {
      request: await encodedRequest({ name: "jane" }),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
    };
    const created = await wire.must<V1CertificateSigningRequest>("POST", requests, { body: { metadata: { name: "jane" }, spec } });
    assert.is(created.spec?.username, "kubernetes-admin");
    const path = `${requests}/jane`;
    const approved = { type: "Approved", status: "True", reason: "ApprovedByTest", message: "yes" };
    const plain = await wire.must<V1CertificateSigningRequest>("PUT", path, { body: { ...created, status: { conditions: [approved] } } });
    assert.is(plain.status?.conditions, undefined, "the object itself does not carry an approval");
    const put = await wire.must<V1CertificateSigningRequest>("PUT", `${path}/approval`, {
      body: { ...plain, status: { conditions: [approved] } },
    });
    assert.is(put.status?.conditions?.[0]?.type, "Approved");
    const patched = await wire.must("PATCH", `${path}/status`, { body: { metadata: { annotations: { note: "x" } } }, type: MERGE });
    assert.is(patched.metadata.annotations?.["note"], "x");
  }));

test("who is nobody sees health and nothing else", () =>
  withWire(async (_, { access: { server, certificateAuthority } }) => {
    const nobody = new Wire({ server, certificateAuthority });
    assert.is((await nobody.ask("GET", "/livez")).code, 200);
    const { code, body } = await nobody.ask<V1Status>("GET", "/api/v1/namespaces");
    assert.is(code === 401 || code === 403, true);
    assert.is(body.kind, "Status");
    nobody.close();
  }));
