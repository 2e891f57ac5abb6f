import * as assert from "uvu/assert";
import { createGuards } from "#actors/api-server/guards.ts";
import { tokenCleaner } from "#actors/controllers/token-cleaner/io.ts";
import { tokensController } from "#actors/controllers/tokens/io.ts";
import { fromBase64, toBase64 } from "#api/core/v1/base64.ts";
import type { Secret } from "#api/core/v1/secret.ts";
import type { Stored } from "#api/meta/object.ts";
import type { User } from "#lib/api.ts";
import { Informers } from "#lib/informers.ts";
import { silent } from "#lib/log.ts";
import { createSigningKey } from "#lib/pki/signing-key.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { eventually } from "#test/support/eventually.ts";
import { suite } from "#test/support/suite.ts";

const signingKey = await createSigningKey();
const test = suite("controllers/tokens");

/** An API server with real guards, and the controllers of tokens. */
const setUp = async () => {
  const clock = new SimulatedClock();
  const random = seededRandom(1);
  const options = { issuer: "test", signingKey, clock, random };
  let guards: ReturnType<typeof createGuards> | undefined;
  const api = await startApiServer({ clock, guards: (objects) => (guards = createGuards(objects, options)) });
  const over = new AbortController();
  const manager: User = { name: "system:kube-controller-manager", groups: ["system:authenticated"] };
  const informers = new Informers({ client: api.client(manager), clock, random, logger: silent, inspect: undefined });
  for (const definition of [tokensController({ certificate: "CA", signingKey: () => signingKey.privateKey }), tokenCleaner]) {
    const self: User = { name: `system:serviceaccount:kube-system:${definition.name}`, groups: ["system:authenticated"] };
    const controller = definition.create({ client: api.client(self), clock, random, logger: silent, inspect: undefined, informers });
    controller.start(over.signal);
    controller.lead(true);
  }
  informers.start(over.signal);
  const stop = async (): Promise<void> => {
    over.abort();
    await api.close();
  };
  return { api, clock, stop, read: (token: string) => guards?.authenticator.authenticate({ token }) };
};

test("a Secret for an account gets a token, which ends with the account", async () => {
  const { api, clock, read, stop } = await setUp();
  const at = { namespace: "default" };
  await api.must({ of: "serviceaccounts", verb: "create", ...at, body: { metadata: { name: "bot" } } });
  const annotations = { "kubernetes.io/service-account.name": "bot" };
  const body = { metadata: { name: "bot-token", annotations }, type: "kubernetes.io/service-account-token" };
  await api.must({ of: "secrets", verb: "create", ...at, body });
  const data = await eventually(clock, async () => {
    const secret = await api.must<Stored<Secret>>({ of: "secrets", verb: "get", ...at, name: "bot-token" });
    return secret.data?.["token"] === undefined ? undefined : secret.data;
  });
  assert.equal([fromBase64(data["ca.crt"] ?? ""), fromBase64(data["namespace"] ?? "")], ["CA", "default"]);
  assert.is((await read(fromBase64(data["token"] ?? "")))?.name, "system:serviceaccount:default:bot");
  await api.must({ of: "serviceaccounts", verb: "delete", ...at, name: "bot" });
  const isGone = async () => (await api.ask({ of: "secrets", verb: "get", ...at, name: "bot-token" })).code === 404 || undefined;
  assert.ok(await eventually(clock, isGone));
  await stop();
});

test("a bootstrap token is deleted when its time is over", async () => {
  const { api, clock, stop } = await setUp();
  const place = { namespace: "kube-system" };
  const at = { ...place, name: "bootstrap-token-abcdef" };
  const expiration = toBase64(new Date(clock.now() + 60_000).toISOString());
  const data = { "token-id": toBase64("abcdef"), "token-secret": toBase64("0123456789abcdef"), expiration };
  await api.must({
    of: "secrets",
    verb: "create",
    ...at,
    body: { metadata: { name: at.name }, type: "bootstrap.kubernetes.io/token", data },
  });
  await clock.advance(50_000);
  assert.is((await api.ask({ of: "secrets", verb: "get", ...at })).code, 200);
  await clock.advance(15_000);
  assert.is((await api.ask({ of: "secrets", verb: "get", ...at })).code, 404);
  await stop();
});
