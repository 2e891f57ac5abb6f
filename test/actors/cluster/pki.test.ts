import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { Layout } from "#actors/cluster/layout.ts";
import { ensurePki, ensureSecrets, isPkiComplete, writeKubeconfig } from "#actors/cluster/pki.ts";
import { DAY_MS } from "#lib/pki/expiry.ts";
import { seededRandom } from "#lib/random.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { inDirectory } from "./directory.ts";

const test = suite("cluster/pki");

const NAMES = { dns: ["localhost", "kubernetes"], ips: ["127.0.0.1", "10.96.0.1"] };
const worldOf = () => ({ clock: new SimulatedClock(), random: seededRandom(1) });
const textOf = ({ pki }: Layout, name: string): string => readFileSync(join(pki, name), "utf8");
const certificateOf = (layout: Layout, name: string) => new X509Certificate(textOf(layout, `${name}.crt`));

test("makes certificates that the authority signed, for whom they are", () =>
  inDirectory(async (layout) => {
    await ensurePki(layout, NAMES, worldOf());
    const authority = certificateOf(layout, "ca");
    const server = certificateOf(layout, "apiserver");
    const admin = certificateOf(layout, "admin");
    for (const certificate of [server, admin]) assert.ok(certificate.verify(authority.publicKey));
    assert.is(server.subjectAltName, "DNS:localhost, DNS:kubernetes, IP Address:127.0.0.1, IP Address:10.96.0.1");
    assert.match(admin.subject, "O=system:masters");
    assert.match(admin.subject, "CN=kubernetes-admin");
    for (const name of ["apiserver", "admin", "ca"])
      assert.ok(certificateOf(layout, name).checkPrivateKey(createPrivateKey(textOf(layout, `${name}.key`))));
  }));

test("the front proxy has an authority of its own, in directories that were made before it too", () =>
  inDirectory(async (layout) => {
    const world = worldOf();
    await ensurePki(layout, NAMES, world);
    const authority = certificateOf(layout, "front-proxy-ca");
    assert.is(authority.subject, "CN=front-proxy-ca");
    assert.not(certificateOf(layout, "front-proxy-client").checkIssued(certificateOf(layout, "ca")));
    for (const name of ["front-proxy-ca.crt", "front-proxy-ca.key", "front-proxy-client.crt"]) rmSync(join(layout.pki, name));
    assert.not(isPkiComplete(layout, world.clock.now()));
    await ensurePki(layout, NAMES, world);
    const client = certificateOf(layout, "front-proxy-client");
    assert.is(client.subject, "CN=front-proxy-client");
    assert.ok(client.verify(certificateOf(layout, "front-proxy-ca").publicKey));
    assert.ok(isPkiComplete(layout, world.clock.now()));
  }));

test("shows keys to their owner only", () =>
  inDirectory(async (layout) => {
    await ensurePki(layout, NAMES, worldOf());
    ensureSecrets(layout, ["api-server"], seededRandom(1));
    writeKubeconfig(layout, "https://127.0.0.1:6443");
    const secret = [
      ...["ca.key", "apiserver.key", "admin.key", "sa.key", "front-proxy-ca.key", "front-proxy-client.key"].map((name) =>
        join(layout.pki, name),
      ),
      layout.secrets,
      layout.kubeconfig,
    ];
    for (const path of secret) assert.is(statSync(path).mode & 0o077, 0, path);
  }));

test("keeps what is there, and makes what is missing", () =>
  inDirectory(async (layout) => {
    const world = worldOf();
    await ensurePki(layout, NAMES, world);
    const before = ["ca.crt", "apiserver.crt", "sa.key"].map((name) => textOf(layout, name));
    rmSync(join(layout.pki, "admin.key"));
    await ensurePki(layout, NAMES, world);
    assert.equal(
      ["ca.crt", "apiserver.crt", "sa.key"].map((name) => textOf(layout, name)),
      before,
    );
    assert.ok(certificateOf(layout, "admin").checkPrivateKey(createPrivateKey(textOf(layout, "admin.key"))));
  }));

test("renews a certificate before it expires, by the same authority", () =>
  inDirectory(async (layout) => {
    const world = worldOf();
    await ensurePki(layout, NAMES, world);
    const authority = textOf(layout, "ca.crt");
    const before = certificateOf(layout, "admin");
    await world.clock.advance(before.validToDate.getTime() - world.clock.now() - DAY_MS);
    await ensurePki(layout, NAMES, world);
    const after = certificateOf(layout, "admin");
    assert.is(textOf(layout, "ca.crt"), authority);
    assert.ok(after.validToDate > before.validToDate);
    assert.ok(after.verify(certificateOf(layout, "ca").publicKey));
  }));

test("a user keeps its password, a new one gets another, one that is gone has none", () =>
  inDirectory(async (layout) => {
    await ensurePki(layout, NAMES, worldOf());
    const random = seededRandom(1);
    const first = ensureSecrets(layout, ["api-server", "node-a"], random);
    const second = ensureSecrets(layout, ["api-server", "node-b"], random);
    assert.is(second["api-server"], first["api-server"]);
    assert.equal(Object.keys(second), ["api-server", "node-b"]);
    assert.is(new Set([...Object.values(first), ...Object.values(second)]).size, 3);
    assert.ok(Object.values(second).every((password) => password.length === 32));
  }));

test("the kubeconfig is the administrator's way in", () =>
  inDirectory(async (layout) => {
    await ensurePki(layout, NAMES, worldOf());
    writeKubeconfig(layout, "https://127.0.0.1:6443");
    const config = parse(readFileSync(layout.kubeconfig, "utf8")) as {
      clusters: [{ name: string; cluster: { server: string; "certificate-authority-data": string } }];
      users: [{ name: string; user: { "client-certificate-data": string; "client-key-data": string } }];
      contexts: [{ name: string; context: { cluster: string; user: string } }];
      "current-context": string;
    };
    const [{ name: context, context: pair }] = config.contexts;
    assert.is(config["current-context"], context);
    assert.equal(pair, { cluster: config.clusters[0].name, user: config.users[0].name });
    assert.is(config.clusters[0].cluster.server, "https://127.0.0.1:6443");
    const plain = (base64: string): string => Buffer.from(base64, "base64").toString();
    assert.is(plain(config.clusters[0].cluster["certificate-authority-data"]), textOf(layout, "ca.crt"));
    assert.is(plain(config.users[0].user["client-certificate-data"]), textOf(layout, "admin.crt"));
    assert.is(plain(config.users[0].user["client-key-data"]), textOf(layout, "admin.key"));
  }));
