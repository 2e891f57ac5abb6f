import * as assert from "uvu/assert";
import { createGuards } from "#actors/api-server/guards.ts";
import { bootstrapSigner } from "#actors/controllers/bootstrap-signer/io.ts";
import { toBase64 } from "#api/core/v1/base64.ts";
import type { ConfigMap } from "#api/core/v1/config-map.ts";
import type { User } from "#lib/api.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { createSigningKey } from "#lib/pki/signing-key.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { eventually } from "#test/support/eventually.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const signingKey = await createSigningKey();
const test = suite("controllers/bootstrap-signer");

/** A server with real guards, and the controller with its own rights. */
const withSigner = async (body: (api: TestServer) => Promise<void>): Promise<void> => {
  const [clock, random] = [new SimulatedClock(), seededRandom(1)];
  const api = await startApiServer({ clock, guards: (objects) => createGuards(objects, { issuer: "test", signingKey, clock, random }) });
  const over = new AbortController();
  const manager: User = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };
  const self: User = { name: "system:serviceaccount:kube-system:bootstrap-signer", groups: ["system:authenticated"] };
  const ports = { clock, random, logger: silent };
  const informers = new Informers({ ...ports, client: api.client(manager) });
  const controller = bootstrapSigner.create({ ...ports, client: api.client(self), informers });
  controller.start(over.signal);
  controller.lead(true);
  informers.start(over.signal);
  try {
    await body(api);
  } finally {
    over.abort();
    await api.close();
  }
};

const INFO = { of: "configmaps", namespace: "kube-public", name: "cluster-info" };
const createInfo = (api: TestServer, data: object) =>
  api.must({ ...INFO, verb: "create", name: "", body: { metadata: { name: "cluster-info" }, data } });
const createToken = (api: TestServer, id: string, more: Readonly<Record<string, string>> = {}) => {
  const texts = { "token-id": id, "token-secret": "my voice is my passcode", "usage-bootstrap-signing": "true", ...more };
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, toBase64(text)]));
  const body = { metadata: { name: `bootstrap-token-${id}` }, type: "bootstrap.kubernetes.io/token", data };
  return api.must({ of: "secrets", namespace: "kube-system", verb: "create", body });
};
/** The signatures once there are so many. */
const signatures = (api: TestServer, count: number): Promise<Readonly<Record<string, string>>> =>
  eventually(api.clock, async () => {
    const { data = {} } = await api.must<ConfigMap>({ ...INFO, verb: "get" });
    const found = Object.entries(data).filter(([key]) => key !== "kubeconfig");
    return found.length === count ? Object.fromEntries(found) : undefined;
  });

const CONTENT = "Hello from the other side. I must have called a thousand times.";
/** upstream: cluster-bootstrap/token/jws/jws_test.go */
const SIGNED = "eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9..VShe2taLd-YTrmWuRkcL_8QTNDHYxQIEBsAYYiIj1_8";

test("cluster-info is signed for each token that may sign, as upstream signs it", () =>
  withSigner(async (api) => {
    await createInfo(api, { kubeconfig: CONTENT });
    await createToken(api, "joshua");
    assert.equal(await signatures(api, 1), { "jws-kubeconfig-joshua": SIGNED });
    await createToken(api, "silent", { "usage-bootstrap-signing": "false" });
    await createToken(api, "second");
    const both = await signatures(api, 2);
    assert.equal(Object.keys(both).toSorted(), ["jws-kubeconfig-joshua", "jws-kubeconfig-second"]);
  }));

test("a signature goes with its token, and with the token's time", () =>
  withSigner(async (api) => {
    await createToken(api, "joshua");
    await createToken(api, "second", { expiration: new Date(api.clock.now() + 30_000).toISOString() });
    await createInfo(api, { kubeconfig: CONTENT, "jws-kubeconfig-nobody": "x" });
    assert.equal(Object.keys(await signatures(api, 2)).toSorted(), ["jws-kubeconfig-joshua", "jws-kubeconfig-second"]);
    assert.equal(await signatures(api, 1), { "jws-kubeconfig-joshua": SIGNED });
    await api.must({ of: "secrets", namespace: "kube-system", name: "bootstrap-token-joshua", verb: "delete" });
    assert.equal(await signatures(api, 0), {});
  }));

test("a text that has changed is signed anew, and none is not signed", () =>
  withSigner(async (api) => {
    await createToken(api, "joshua");
    await createInfo(api, { kubeconfig: CONTENT });
    await signatures(api, 1);
    const patch = (kubeconfig: string | null) =>
      api.must({ ...INFO, verb: "patch", type: "application/merge-patch+json", body: { data: { kubeconfig } } });
    await patch(`${CONTENT}!`);
    const anew = await eventually(api.clock, async () => {
      const found = await signatures(api, 1);
      return found["jws-kubeconfig-joshua"] === SIGNED ? undefined : found;
    });
    assert.match(anew["jws-kubeconfig-joshua"] ?? "", /^eyJhbGciOiJIUzI1NiIsImtpZCI6Impvc2h1YSJ9\.\.[\w-]{43}$/);
    await patch(null);
    assert.equal(await signatures(api, 0), {});
  }));
