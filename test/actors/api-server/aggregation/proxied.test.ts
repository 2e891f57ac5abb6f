// Requests for what another API server serves, through ours, over HTTPS on both sides.
import { once } from "node:events";
import * as assert from "uvu/assert";
import { apiServices } from "#api/apiregistration/v1/api-service.ts";
import { services } from "#api/core/v1/service.ts";
import { suite } from "#test/support/suite.ts";
import { FLOWERS, NAME, PATH, withGreenhouse } from "./registered-server.ts";

const test = suite("api-server/aggregation/proxied", 20_000);

const rose = { apiVersion: "greenhouse.example.com/v1", kind: "Flower", metadata: { name: "rose" }, spec: { colour: "red" } };

test("hands on every verb, as the user who asks", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    assert.is(await greenhouse.condition("Passed"), "all checks passed");
    await greenhouse.allow("jane", ["create", "get", "list", "delete"]);
    const headers = { "x-remote-user": "root", "x-remote-group": "system:masters", "x-remote-extra-scopes": "all" };
    const made = await greenhouse.ask(FLOWERS, { method: "POST", body: rose, user: "jane", headers });
    assert.is(made.code, 201, made.text);
    const asked = greenhouse.extension.seen.find(({ method }) => method === "POST");
    assert.equal([asked?.user, asked?.groups], ["jane", ["system:authenticated"]]);
    assert.equal(Object.keys(asked?.extra ?? {}), ["authentication.kubernetes.io%2fcredential-id"]);
    assert.equal([asked?.headers.authorization, asked?.headers["audit-id"]], [undefined, made.headers["audit-id"]]);
    assert.match((await greenhouse.ask(`${FLOWERS}/rose`, { user: "jane" })).text, '"colour":"red"');
    assert.match((await greenhouse.ask(FLOWERS, { user: "jane" })).text, '"kind":"FlowerList"');
    assert.is((await greenhouse.ask(`${FLOWERS}/rose`, { method: "DELETE", user: "jane" })).code, 200);
    assert.is((await greenhouse.ask(`${FLOWERS}/rose`, { user: "jane" })).code, 404);
    assert.match((await greenhouse.ask(PATH, { user: "jane" })).text, '"kind":"APIResourceList"');
  }));

test("refuses who may not, before the other server hears of it", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    const before = greenhouse.extension.seen.length;
    const { code, text } = await greenhouse.ask(FLOWERS, { user: "mallory" });
    assert.is(code, 403);
    assert.match(text, 'User \\"mallory\\" cannot list resource \\"flowers\\" in API group \\"greenhouse.example.com\\" in the namespace');
    assert.is(greenhouse.extension.seen.slice(before).filter(({ user }) => user === "mallory").length, 0);
  }));

test("what is allowed is what the other server is asked for, however its path is written", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    await greenhouse.allow("jane", ["get"]);
    const status = await greenhouse.ask(`${FLOWERS}/rose%2Fstatus`, { user: "jane" });
    assert.is(status.code, 403);
    assert.match(status.text, 'cannot get resource \\"flowers/status\\"');
    await greenhouse.ask(`${PATH}/names%70aces/default/flowers/a%20b%3Fc?x=%2F`);
    assert.is(greenhouse.extension.seen.at(-1)?.url, `${FLOWERS}/a%20b%3Fc?x=%2F`);
    const elsewhere = await greenhouse.ask("/apis/greenhouse%2Eexample.com/v1/namespaces/default/flowers");
    assert.match(elsewhere.text, '"kind":"FlowerList"');
  }));

test("a watch is open while it is quiet", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    const watch = await greenhouse.open(`${FLOWERS}?watch=true`);
    assert.is(watch.statusCode, 200);
    const frame = once(watch, "data");
    await greenhouse.ask(FLOWERS, { method: "POST", body: rose });
    const [chunk] = (await frame) as [Buffer];
    assert.match(chunk.toString(), '{"type":"ADDED"');
    watch.on("error", () => undefined);
  }));

test("a connection that the server has closed meanwhile costs nobody an answer", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    assert.is((await greenhouse.ask(`${PATH}/last`)).code, 404);
    assert.is((await greenhouse.ask(FLOWERS)).code, 200);
    assert.is((await greenhouse.ask(`${PATH}/last`)).code, 404);
    assert.is((await greenhouse.ask(FLOWERS, { method: "POST", body: rose })).code, 201);
  }));

test("nobody is sent elsewhere", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    const { code, text, headers } = await greenhouse.ask(`${PATH}/elsewhere`);
    assert.equal([code, text], [502, "the backend attempted to redirect this request, which is not permitted"]);
    assert.is(headers.location, undefined);
  }));

test("connections may change their protocol", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    const { socket, head } = await greenhouse.upgrade(`${FLOWERS}/rose/talk`);
    socket.write("hello");
    let said = head.toString();
    for await (const chunk of socket) {
      said += String(chunk);
      if (said.endsWith("hello")) break;
    }
    assert.is(said, "kubernetes-admin:hello");
  }));

test("believes only the server that the APIService means", () =>
  withGreenhouse(async (greenhouse) => {
    const other = greenhouse.dev.access.certificateAuthority;
    await greenhouse.register({ caBundle: Buffer.from(other).toString("base64") });
    await greenhouse.condition("Passed"); // the check looks at no certificate, as upstream's
    const { code, text, headers } = await greenhouse.ask(FLOWERS);
    assert.equal(
      [code, text],
      [503, "error trying to reach service: tls: failed to verify certificate: x509: certificate signed by unknown authority\n"],
    );
    assert.is(headers["content-type"], "text/plain; charset=utf-8");
  }));

test("believes any server when told to", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register({ caBundle: undefined, insecureSkipTLSVerify: true });
    await greenhouse.condition("Passed");
    assert.is((await greenhouse.ask(FLOWERS)).code, 200);
  }));

test("goes to where an external name leads", () =>
  withGreenhouse(async (greenhouse) => {
    const place = { namespace: "default", name: "elsewhere" };
    await greenhouse.client.create(services, { metadata: place, spec: { type: "ExternalName", externalName: "localhost" } });
    await greenhouse.register({ service: { ...place, port: greenhouse.extension.port }, caBundle: undefined, insecureSkipTLSVerify: true });
    await greenhouse.condition("Passed");
    assert.is((await greenhouse.ask(FLOWERS)).code, 200);
  }));

test("an APIService that an administrator turned goes before what we serve ourselves", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    const { spec } = await greenhouse.client.get(apiServices, { name: NAME });
    const body = { spec: { service: spec?.service, caBundle: spec?.caBundle } };
    await greenhouse.client.patch(apiServices, { name: "v1.batch" }, { type: "application/merge-patch+json", body });
    const { code } = await greenhouse.ask("/apis/batch/v1/namespaces/default/jobs");
    assert.ok(code === 404 || code === 503, "the greenhouse knows no batch, so it is not there as soon as somebody looks");
    await greenhouse.client.patch(
      apiServices,
      { name: "v1.batch" },
      { type: "application/merge-patch+json", body: { spec: { service: null, caBundle: null } } },
    );
    assert.is((await greenhouse.ask("/apis/batch/v1/namespaces/default/jobs")).code, 200);
  }));

test("acts as whom the request is made, and says so to the server", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await greenhouse.condition("Passed");
    await greenhouse.allow("bob", ["list"]);
    const headers = { "impersonate-user": "bob", "impersonate-extra-reason": "a visit" };
    assert.is((await greenhouse.ask(FLOWERS, { headers })).code, 200);
    const asked = greenhouse.extension.seen.at(-1);
    assert.equal([asked?.user, asked?.extra], ["bob", { reason: "a visit" }]);
    assert.is(asked?.headers["impersonate-user"], undefined);
  }));

test("says so while the server is not there, and other groups are unharmed", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register({ service: { namespace: "default", name: "nobody" } });
    await greenhouse.condition("ServiceNotFound");
    const { code, text } = await greenhouse.ask(FLOWERS);
    assert.equal([code, text], [503, "service unavailable\n"]);
    assert.is((await greenhouse.ask("/api/v1/namespaces/default/configmaps")).code, 200);
    assert.is((await greenhouse.ask("/apis/apps/v1/deployments")).code, 200);
  }));
