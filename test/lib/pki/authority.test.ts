import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import * as assert from "uvu/assert";
import { systemClock } from "#lib/clock.ts";
import { createAuthority, loadAuthority } from "#lib/pki/authority.ts";
import { DAY_MS, expiryOf, renewalDue } from "#lib/pki/expiry.ts";
import { seededRandom, systemRandom } from "#lib/random.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("pki/authority");
const startAt = Date.UTC(2026, 4, 1);
const options = { clock: new SimulatedClock(startAt), random: seededRandom(1) };
const authority = createAuthority("kubernetes", options);

test("makes an authority that signs itself and lives ten years", async () => {
  const { credentials } = await authority;
  const certificate = new X509Certificate(credentials.certificate);
  assert.is(certificate.ca, true);
  assert.is(certificate.subject, "CN=kubernetes");
  assert.ok(certificate.verify(certificate.publicKey));
  assert.is(expiryOf(credentials.certificate), startAt + 3650 * DAY_MS);
});

test("signs a serving certificate for its names and addresses", async () => {
  const ca = await authority;
  const serving = await ca.serving({ name: "kube-apiserver", dns: ["localhost", "kubernetes.default.svc"], ips: ["127.0.0.1", "::1"] });
  const certificate = new X509Certificate(serving.certificate);
  const issuer = new X509Certificate(ca.credentials.certificate);
  assert.ok(certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  assert.is(certificate.checkHost("kubernetes.default.svc"), "kubernetes.default.svc");
  assert.is(certificate.checkIP("127.0.0.1"), "127.0.0.1");
  assert.is(certificate.checkIP("::1"), "::1");
  assert.is(certificate.checkHost("example.com"), undefined);
  assert.equal(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
  assert.is(certificate.ca, false);
});

test("names user and groups in a client certificate", async () => {
  const client = await (await authority).client({ name: "system:node:worker-1", groups: ["system:nodes", "a, b=c"] });
  const certificate = new X509Certificate(client.certificate);
  const { subject } = certificate.toLegacyObject();
  assert.equal(subject["CN"], "system:node:worker-1");
  assert.equal(subject["O"], ["system:nodes", "a, b=c"]);
  assert.equal(certificate.keyUsage, ["1.3.6.1.5.5.7.3.2"]);
});

test("gives keys that belong to their certificates", async () => {
  const client = await (await authority).client({ name: "a" });
  createSecureContext({ cert: client.certificate, key: client.key });
});

test("gives every certificate a serial number of its own", async () => {
  const ca = await authority;
  const serials = (await Promise.all([1, 2, 3].map(() => ca.client({ name: "a" })))).map(
    (c) => new X509Certificate(c.certificate).serialNumber,
  );
  assert.is(new Set(serials).size, 3);
});

test("signs on after it was loaded from its PEM", async () => {
  const { credentials } = await authority;
  const loaded = await loadAuthority(credentials, options);
  const { certificate } = await loaded.client({ name: "a" });
  assert.ok(new X509Certificate(certificate).verify(new X509Certificate(credentials.certificate).publicKey));
});

test("refuses to load what is no key", async () => {
  const { credentials } = await authority;
  const message = await loadAuthority({ ...credentials, key: "nothing" }, options).then(
    () => "loaded",
    (error: Error) => error.message,
  );
  assert.is(message, "no private key in the authority's PEM");
});

test("tells when a certificate is due for renewal", async () => {
  const { certificate } = await (await authority).client({ name: "a" });
  assert.is(renewalDue(certificate, startAt), false);
  assert.is(renewalDue(certificate, startAt + 334 * DAY_MS), false);
  assert.is(renewalDue(certificate, startAt + 336 * DAY_MS), true);
});

test("makes a whole cluster's certificates in well under a second", async () => {
  const random = systemRandom;
  const from = process.hrtime.bigint();
  const ca = await createAuthority("kubernetes", { clock: systemClock, random });
  await ca.serving({ name: "kube-apiserver", dns: ["localhost"], ips: ["127.0.0.1"] });
  await Promise.all(["admin", "a", "b", "c", "d"].map((name) => ca.client({ name })));
  assert.ok(process.hrtime.bigint() - from < 1_000_000_000n);
});
