import * as assert from "uvu/assert";
import { createGuards } from "#actors/api-server/guards.ts";
import { tokenReviews } from "#api/authentication/v1/token-review.ts";
import { toBase64 } from "#api/core/v1/base64.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { secrets } from "#api/core/v1/secret.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { Kind } from "#api/kind.ts";
import { ApiError } from "#api/meta/status.ts";
import { LEGACY, signLegacyToken } from "#lib/pki/legacy-token.ts";
import { createSigningKey } from "#lib/pki/signing-key.ts";
import { seededRandom } from "#lib/random.ts";
import { MemoryObjects } from "#test/actors/api-server/memory-objects.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const signingKey = await createSigningKey(); // before the suite, which runs as soon as this file is read
const test = suite("authn/tokens");
const issuer = "https://kubernetes.default.svc.cluster.local";
const account = { namespace: "a", name: "bot", uid: "bot-uid" };
const pod = {
  metadata: { namespace: "a", name: "web", uid: "web-uid" },
  spec: { serviceAccountName: "bot", nodeName: "n", containers: [] },
};
const bound = (kind: string, name: string, more = {}) => ({ spec: { boundObjectRef: { apiVersion: "v1", kind, name, ...more } } });

type Token = {
  readonly spec: { readonly audiences: readonly string[]; readonly expirationSeconds: number };
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
};

const setUp = (key = signingKey) => {
  const clock = new SimulatedClock(Date.UTC(2026, 0, 1));
  const objects = new MemoryObjects();
  objects.put(serviceAccounts, { metadata: account });
  objects.put(pods, pod);
  objects.put(nodes, { metadata: { name: "n", uid: "n-uid" } });
  const guards = createGuards(objects, {
    issuer,
    signingKey: key,
    clock,
    random: seededRandom(1),
    staticTokens: [{ token: "secret", user: { name: "root", groups: ["g"] } }],
  });
  const issue = async (request = {}, object?: object) => (await guards.tokens.issue(account, request, object)) as unknown as Token;
  const read = async (token: string) => guards.authenticator.authenticate({ token });
  const review = async (token: string | undefined, audiences?: readonly string[]) => {
    const answer = await guards.reviews.review(
      { name: "x", groups: [] },
      tokenReviews as unknown as Kind,
      { spec: { token, audiences } } as object,
      "",
    );
    return (answer as { status: { authenticated: boolean; audiences?: string[]; error?: string; user: { username?: string } } }).status;
  };
  return { clock, objects, issue, read, review };
};
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "none",
    (error: unknown) => (error instanceof ApiError ? `${error.code} ${error.message}` : "other"),
  );
const claimsOf = ({ status }: Token): Record<string, never> =>
  JSON.parse(Buffer.from(status.token.split(".")[1] ?? "", "base64url").toString()) as Record<string, never>;

test("signs a token that is read as its service account", async () => {
  const { issue, read } = setUp();
  const token = await issue();
  assert.equal(token.spec, { audiences: [issuer], expirationSeconds: 3600 });
  assert.is(token.status.expirationTimestamp, "2026-01-01T01:00:00Z");
  const claims = claimsOf(token);
  assert.is(claims["sub"], "system:serviceaccount:a:bot");
  assert.equal(claims["aud"], [issuer]);
  assert.equal(await read(token.status.token), {
    name: "system:serviceaccount:a:bot",
    uid: "bot-uid",
    groups: ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
    extra: { "authentication.kubernetes.io/credential-id": [`JTI=${claims["jti"]}`] },
  });
});

test("binds a token to a pod and names its node", async () => {
  const { issue, read } = setUp();
  const token = await issue(bound("Pod", "web", { uid: "web-uid" }), pod);
  assert.equal(claimsOf(token)["kubernetes.io"], {
    namespace: "a",
    serviceaccount: { name: "bot", uid: "bot-uid" },
    pod: { name: "web", uid: "web-uid" },
    node: { name: "n", uid: "n-uid" },
  });
  const { extra } = await read(token.status.token);
  assert.equal(extra?.["authentication.kubernetes.io/pod-name"], ["web"]);
  assert.equal(extra?.["authentication.kubernetes.io/node-name"], ["n"]);
});

test("refuses a token once what it is bound to is gone", async () => {
  const { clock, objects, issue, read } = setUp();
  const ofPod = (await issue(bound("Pod", "web"), pod)).status.token;
  const ofAccount = (await issue()).status.token;
  await read(ofPod);
  objects.remove(pods, { namespace: "a", name: "web" });
  assert.is((await read(ofPod)).name, "system:serviceaccount:a:bot"); // still remembered
  await clock.advance(10_000);
  assert.is(await refusal(read(ofPod)), "401 Unauthorized");
  objects.put(serviceAccounts, { metadata: { ...account, uid: "another" } });
  assert.is(await refusal(read(ofAccount)), "401 Unauthorized");
  objects.remove(serviceAccounts, account);
  assert.is(await refusal(read(ofAccount)), "401 Unauthorized");
});

test("refuses a token of an object that is long being deleted", async () => {
  const { clock, objects, issue, read } = setUp();
  const secret = { metadata: { namespace: "a", name: "s", uid: "s-uid" } };
  objects.put(secrets, secret);
  const { token } = (await issue(bound("Secret", "s"), secret)).status;
  objects.put(secrets, { metadata: { ...secret.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
  await clock.advance(60_000);
  await read(token);
  await clock.advance(10_001);
  assert.is(await refusal(read(token)), "401 Unauthorized");
});

test("refuses a token that has ended, is of another key, or is none", async () => {
  const { clock, issue, read } = setUp();
  const { token } = (await issue()).status;
  const foreign = (await setUp(await createSigningKey()).issue()).status.token;
  for (const bad of [foreign, "x.y.z", "nonsense", `${token}x`]) assert.is(await refusal(read(bad)), "401 Unauthorized", bad);
  await clock.advance(3_600_000 + 61_000);
  assert.is(await refusal(read(token)), "401 Unauthorized");
});

test("stretches what kubelets ask for on behalf of pods, and notes when to warn", async () => {
  const { issue } = setUp();
  const request = { spec: { ...bound("Pod", "web").spec, expirationSeconds: 3607 } };
  const token = await issue(request, pod);
  const claims = claimsOf(token) as unknown as { exp: number; iat: number; "kubernetes.io": { warnafter: number } };
  assert.is(claims.exp - claims.iat, 31_536_000);
  assert.is(claims["kubernetes.io"].warnafter - claims.iat, 3607);
  assert.is(token.status.expirationTimestamp, "2026-01-01T01:00:07Z");
  const other = claimsOf(await issue({ spec: { ...request.spec, audiences: ["vault"] } }, pod)) as unknown as { exp: number; iat: number };
  assert.is(other.exp - other.iat, 3607);
});

test("reviews tokens for the audiences asked for", async () => {
  const { issue, review } = setUp();
  const own = (await issue()).status.token;
  const foreign = (await issue({ spec: { audiences: ["vault", "db"] } })).status.token;
  const good = await review(own);
  assert.equal([good.authenticated, good.user.username, good.audiences], [true, "system:serviceaccount:a:bot", [issuer]]);
  assert.equal((await review(foreign, ["vault", "web"])).audiences, ["vault"]);
  const bad = await review(foreign);
  assert.is(bad.authenticated, false);
  assert.is(bad.error, `[invalid bearer token, token audiences ["vault" "db"] is invalid for the target audiences ["${issuer}"]]`);
});

test("a review says why a token is bad, and nothing of what is no token of the cluster", async () => {
  const { clock, issue, review } = setUp();
  const why = async (token: string): Promise<string | undefined> => (await review(token)).error;
  const { token } = (await issue()).status;
  const [head = "", payload = ""] = token.split(".");
  assert.is(await why("nonsense"), "invalid bearer token");
  assert.is(await why("x.y.z"), "invalid bearer token");
  assert.is(await why(`${head}.${btoa(JSON.stringify({ iss: "https://else.where" }))}.x`), "invalid bearer token");
  assert.is(await why(`${head}.${payload}.AAAA`), "[invalid bearer token, go-jose/go-jose: error in cryptographic primitive]");
  await clock.advance(3_600_000 + 61_000);
  assert.is(await why(token), "[invalid bearer token, service account token has expired]");
});

test("does not take a token of another audience for a login", async () => {
  const { issue, read } = setUp();
  assert.is(await refusal(read((await issue({ spec: { audiences: ["vault"] } })).status.token)), "401 Unauthorized");
});

test("reads static tokens", async () => {
  const { read } = setUp();
  assert.equal(await read("secret"), { name: "root", groups: ["g", "system:authenticated"] });
});

const bootstrapSecret = (changes: Readonly<Record<string, string>> = {}, type = "bootstrap.kubernetes.io/token") => ({
  metadata: { namespace: "kube-system", name: "bootstrap-token-abcdef" },
  type,
  data: Object.fromEntries(
    Object.entries({
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-authentication": "true",
      "auth-extra-groups": "system:bootstrappers:b,system:bootstrappers:a",
      expiration: "2026-01-02T00:00:00Z",
      ...changes,
    }).map(([key, value]) => [key, toBase64(value)]),
  ),
});

test("a bootstrap token stands for its id and groups, until it ends", async () => {
  const { objects, read, review, clock } = setUp();
  const token = "abcdef.0123456789abcdef";
  assert.match(await refusal(read(token)), /401/);
  objects.put(secrets, bootstrapSecret());
  assert.equal(await read(token), {
    name: "system:bootstrap:abcdef",
    groups: ["system:bootstrappers", "system:bootstrappers:a", "system:bootstrappers:b", "system:authenticated"],
  });
  assert.is((await review(token)).user.username, "system:bootstrap:abcdef");
  assert.match(await refusal(read("abcdef.0123456789abcdee")), /401/);
  await clock.advance(86_400_000);
  assert.match(await refusal(read(token)), /401/);
});

test("a bootstrap token that is not what it should be is none", async () => {
  const bad: readonly Readonly<Record<string, string>>[] = [
    { "token-id": "fedcba" },
    { "token-secret": "" },
    { "usage-bootstrap-authentication": "false" },
    { "auth-extra-groups": "system:masters" },
    { expiration: "soon" },
  ];
  for (const changes of bad) {
    const { objects, read } = setUp();
    objects.put(secrets, bootstrapSecret(changes));
    assert.match(await refusal(read("abcdef.0123456789abcdef")), /401/, JSON.stringify(changes));
  }
  const { objects, read } = setUp();
  objects.put(secrets, bootstrapSecret({}, "Opaque"));
  assert.match(await refusal(read("abcdef.0123456789abcdef")), /401/);
});

test("a token that a Secret holds is good as long as the Secret holds it", async () => {
  const { objects, read, review } = setUp();
  const token = await signLegacyToken(signingKey.privateKey, {
    [LEGACY.namespace]: "a",
    [LEGACY.secret]: "bot-token",
    [LEGACY.account]: "bot",
    [LEGACY.uid]: "bot-uid",
  });
  assert.match(await refusal(read(token)), /401/);
  objects.put(secrets, { metadata: { namespace: "a", name: "bot-token" }, data: { token: toBase64(token) } });
  const { name, groups } = (await review(token, [issuer, "other"])) && (await read(token));
  assert.equal(
    [name, groups],
    ["system:serviceaccount:a:bot", ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"]],
  );
  assert.equal((await review(token, [issuer, "other"])).audiences, [issuer]);
  assert.is((await review(token, ["other"])).authenticated, false);
  objects.put(secrets, { metadata: { namespace: "a", name: "bot-token" }, data: { token: toBase64("x") } });
  assert.match((await review(token)).error ?? "", /does not match server's copy/);
});

test("a review without a token is refused", async () => {
  const { review } = setUp();
  const message = "400 token is required for TokenReview in authentication";
  assert.is(await refusal(review("")), message);
  assert.is(await refusal(review(undefined)), message);
});
