import { X509Certificate } from "node:crypto";
import * as assert from "uvu/assert";
import { createGuards } from "#actors/api-server/guards.ts";
import { decide, type Observed } from "#actors/controllers/certificates/decide.ts";
import { certificateController } from "#actors/controllers/certificates/io.ts";
import { SIGNERS } from "#actors/controllers/certificates/signers.ts";
import type { CertificateSigningRequest } from "#api/certificates/v1/certificate-signing-request.ts";
import { fromBase64, toBase64 } from "#api/core/v1/base64.ts";
import type { Stored } from "#api/meta/object.ts";
import type { User } from "#lib/api.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import type { CertificateRequest } from "#lib/pki/request.ts";
import { createSigningKey } from "#lib/pki/signing-key.ts";
import { seededRandom } from "#lib/random.ts";
import { admin, alice, startApiServer, type TestServer } from "#test/support/api-server.ts";
import { createRequest } from "#test/support/certificate-request.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { eventually } from "#test/support/eventually.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/certificates");

const CLIENT = "kubernetes.io/kube-apiserver-client";
const KUBELET = "kubernetes.io/kube-apiserver-client-kubelet";
const of = "certificatesigningrequests.certificates.k8s.io";
const clientUsages = ["client auth", "digital signature"];

const asked = (changes: Partial<CertificateRequest> = {}): CertificateRequest => ({
  commonName: "system:node:worker-9",
  organizations: ["system:nodes"],
  dns: [],
  ips: [],
  emails: [],
  uris: [],
  ...changes,
});

test("signers say in upstream's words why they do not sign", () => {
  const cases: readonly (readonly [string, Partial<CertificateRequest>, readonly string[], string | undefined])[] = [
    [KUBELET, {}, clientUsages, undefined],
    [KUBELET, {}, [...clientUsages, "key encipherment"], undefined],
    [KUBELET, {}, ["client auth"], "usages did not match [client auth digital signature]"],
    [KUBELET, { organizations: ["a"] }, clientUsages, "subject organization is not system:nodes"],
    [KUBELET, { commonName: "alice" }, clientUsages, "subject common name does not begin with system:node:"],
    [KUBELET, { dns: ["x"] }, clientUsages, "DNS subjectAltNames are not allowed"],
    ["kubernetes.io/kubelet-serving", { ips: ["127.0.0.1"] }, ["server auth", "digital signature"], undefined],
    ["kubernetes.io/kubelet-serving", {}, ["server auth", "digital signature"], "DNS or IP subjectAltName is required"],
    [CLIENT, {}, ["client auth"], undefined],
    [CLIENT, {}, ["server auth"], "invalid usage for client certificate: server auth"],
    [CLIENT, {}, ["digital signature"], "missing required usage for client certificate: client auth"],
  ];
  for (const [signer, changes, usages, refusal] of cases) assert.is(SIGNERS[signer]?.(asked(changes), usages), refusal);
});

const bornAt = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const observed = (conditions: readonly string[], certificate = ""): Observed => ({
  csr: {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "web", uid: "u", resourceVersion: "1", creationTimestamp: new Date(bornAt).toISOString() },
    spec: { request: "", signerName: CLIENT, usages: clientUsages },
    status: {
      certificate,
      conditions: conditions.map((type) => ({ type, status: "True", lastUpdateTime: new Date(bornAt).toISOString() })),
    },
  },
  asked: asked(),
  recognized: undefined,
  endsAt: undefined,
});

test("what is done is forgotten after an hour, what nobody decided after a day", () => {
  const deleted = (one: Observed, hours: number): boolean => decide(one, bornAt + hours * HOUR_MS).some((action) => action.do === "delete");
  for (const one of [observed(["Approved"], "x"), observed(["Denied"]), observed(["Approved", "Failed"])]) {
    assert.equal([deleted(one, 0.99), deleted(one, 1)], [false, true]);
  }
  assert.equal([deleted(observed([]), 23), deleted(observed([]), 24)], [false, true]);
  assert.is(deleted(observed(["Approved"]), 1_000), false, "a signer may still come");
  assert.is(deleted({ ...observed(["Approved"], "x"), endsAt: bornAt + 1 }, 0.5), true);
});

/** An API server with real guards and the controller. */
const setUp = async () => {
  const clock = new SimulatedClock();
  const random = seededRandom(1);
  const options = { issuer: "test", signingKey: await createSigningKey(), clock, random };
  const api = await startApiServer({ clock, guards: (objects) => createGuards(objects, options) });
  const authority = await createAuthority("kubernetes", { clock, random });
  const over = new AbortController();
  const self: User = { name: "system:serviceaccount:kube-system:certificate-controller", groups: ["system:authenticated"] };
  const ports = { client: api.client(self), clock, random, logger: silent, inspect: undefined };
  const informers = new Informers(ports);
  const controller = certificateController(() => Promise.resolve(authority)).create({ ...ports, informers });
  controller.start(over.signal);
  informers.start(over.signal);
  controller.lead(true);
  const stop = async (): Promise<void> => {
    over.abort();
    await api.close();
  };
  return { api, clock, authority, stop };
};

type Ask = {
  readonly name: string;
  readonly request: string;
  readonly signer: string;
  readonly user?: User;
  readonly usages?: readonly string[];
};

const ask = (api: TestServer, { name, request, signer, user = alice, usages = clientUsages }: Ask) =>
  api.ask({
    of,
    verb: "create",
    user,
    body: { metadata: { name }, spec: { request: toBase64(request), signerName: signer, usages, expirationSeconds: 3600 } },
  });

const read = (api: TestServer, name: string) => api.must<Stored<CertificateSigningRequest>>({ of, verb: "get", name });

/** Lets time pass until the request is as it should be. */
const become = (api: TestServer, name: string, isSo: (csr: Stored<CertificateSigningRequest>) => boolean) =>
  eventually(api.clock, async () => {
    const csr = await read(api, name);
    return isSo(csr) ? csr : undefined;
  });

const isIssued = ({ status }: CertificateSigningRequest): boolean => status?.certificate !== undefined;

const approve = async (api: TestServer, name: string, user: User = admin) => {
  const csr = await read(api, name);
  const condition = {
    type: "Approved",
    status: "True",
    reason: "KubectlApprove",
    message: "This CSR was approved by kubectl certificate approve.",
  };
  const body = { ...csr, status: { conditions: [condition] } };
  return api.ask({ of, verb: "update", name, subresource: "approval", body, user });
};

/** What alice may do here: everything with requests, nothing with signers. */
const letAlice = async (api: TestServer): Promise<void> => {
  const rules = [{ apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests", "*/approval", "*/status"], verbs: ["*"] }];
  const rbac = (resource: string): string => `${resource}.rbac.authorization.k8s.io`;
  await api.must({ of: rbac("clusterroles"), verb: "create", body: { metadata: { name: "asker" }, rules } });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "asker" };
  const subjects = [{ apiGroup: roleRef.apiGroup, kind: "Group", name: "system:authenticated" }];
  await api.must({ of: rbac("clusterrolebindings"), verb: "create", body: { metadata: { name: "asker" }, roleRef, subjects } });
};

test("an approved request is signed by the cluster's CA, as it was asked for", async () => {
  const { api, clock, authority, stop } = await setUp();
  await letAlice(api);
  assert.is((await ask(api, { name: "bob", request: await createRequest({ name: "bob", groups: ["dev"] }), signer: CLIENT })).code, 201);
  await clock.advance(1_000);
  assert.is((await read(api, "bob")).status?.certificate, undefined);
  assert.is((await approve(api, "bob")).code, 200);
  const { status } = await become(api, "bob", isIssued);
  const certificate = new X509Certificate(fromBase64(status?.certificate ?? ""));
  assert.ok(certificate.checkIssued(new X509Certificate(authority.credentials.certificate)));
  assert.equal(certificate.subject.split("\n"), ["O=dev", "CN=bob"]);
  assert.equal(certificate.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
  assert.ok(Math.abs(certificate.validToDate.getTime() - clock.now() - 3_600_000) < 60_000);
  await stop();
});

test("who approves or signs must have that right for the signer", async () => {
  const { api, stop } = await setUp();
  await letAlice(api);
  await ask(api, { name: "bob", request: await createRequest({ name: "bob" }), signer: CLIENT });
  const refused = await approve(api, "bob", alice);
  assert.equal(
    [refused.code, refused.body.message],
    [
      403,
      `certificatesigningrequests.certificates.k8s.io "bob" is forbidden: user not permitted to approve requests with signerName "${CLIENT}"`,
    ],
  );
  const csr = await read(api, "bob");
  const body = { ...csr, status: { conditions: [{ type: "Failed", status: "True", reason: "x" }] } };
  const signed = await api.ask({ of, verb: "update", name: "bob", subresource: "status", body, user: alice });
  assert.match(signed.body.message ?? "", /user not permitted to sign requests/);
  await stop();
});

test("nobody gets a certificate of system:masters", async () => {
  const { api, stop } = await setUp();
  const { code, body } = await ask(api, {
    name: "root",
    request: await createRequest({ name: "root", groups: ["system:masters"] }),
    signer: CLIENT,
    user: admin,
  });
  assert.is(code, 403);
  assert.match(body.message ?? "", /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed/);
  await stop();
});

test("a node that may gets its client certificate without anybody; what is no node's fails", async () => {
  const { api, clock, stop } = await setUp();
  const roleRef = {
    apiGroup: "rbac.authorization.k8s.io",
    kind: "ClusterRole",
    name: "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
  };
  const subjects = [{ apiGroup: roleRef.apiGroup, kind: "Group", name: "system:bootstrappers" }];
  await letAlice(api);
  await api.must({
    of: "clusterrolebindings.rbac.authorization.k8s.io",
    verb: "create",
    body: { metadata: { name: "auto" }, roleRef, subjects },
  });
  const bootstrapper: User = { name: "system:bootstrap:abcdef", groups: ["system:bootstrappers", "system:authenticated"] };
  const request = await createRequest({ name: "system:node:worker-9", groups: ["system:nodes"] });
  await ask(api, { name: "node", request, signer: KUBELET, user: bootstrapper });
  const approved = (await become(api, "node", isIssued)).status?.conditions?.[0];
  assert.equal(
    [approved?.reason, approved?.message],
    ["AutoApproved", "Auto approving kubelet client certificate after SubjectAccessReview."],
  );
  await ask(api, { name: "other", request, signer: KUBELET, user: alice });
  await clock.advance(5_000);
  assert.is((await read(api, "other")).status?.conditions, undefined, "alice is nobody to ask for nodes");
  await ask(api, { name: "wrong", request: await createRequest({ name: "x" }), signer: KUBELET, user: alice });
  await approve(api, "wrong");
  const failed = await become(api, "wrong", ({ status }) => status?.conditions?.length === 2);
  assert.is(failed.status?.conditions?.[1]?.message, "subject organization is not system:nodes");
  await stop();
});
