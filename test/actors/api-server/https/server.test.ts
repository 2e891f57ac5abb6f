import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";
import { gunzipSync } from "node:zlib";
import * as assert from "uvu/assert";
import { ask, askH2, clientOf, connectH2, open, strangerOf, withServer } from "#test/actors/api-server/https/test-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/server");
const encoder = new TextEncoder();

test("hands a request to the core as the certificate's user", () =>
  withServer(async ({ port, counted }) => {
    const { code, json, headers } = await ask(port, "/apis/apps/v1/namespaces/a/deployments/web", { headers: { accept: "x/y" } });
    assert.is(code, 200);
    const { user, request } = json as { user: { name: string; groups: string[] }; request: unknown };
    assert.is(user.name, "jane");
    assert.equal(user.groups, ["devs", "system:authenticated"]);
    assert.equal(request, {
      verb: "get",
      group: "apps",
      version: "v1",
      resource: "deployments",
      namespace: "a",
      name: "web",
      accept: "x/y",
    });
    assert.is(headers["cache-control"], "no-cache, private");
    assert.match(String(headers["audit-id"]), /^[0-9a-f-]{36}$/);
    assert.equal(
      counted.map(({ verb, code: counts, isLong }) => [verb, counts, isLong]),
      [["get", 200, false]],
    );
  }));

test("types the options of a list", () =>
  withServer(async ({ port, handler }) => {
    await ask(port, "/api/v1/pods?limit=500&labelSelector=a%3Db&allowWatchBookmarks=false&dryRun=All&timeout=32s");
    assert.equal(handler.seen[0]?.request.options, { limit: 500, labelSelector: "a=b", allowWatchBookmarks: false, dryRun: ["All"] });
  }));

test("understands the old way to watch", () =>
  withServer(async ({ port, handler }) => {
    handler.onStream = ({ request, sink }) => {
      handler.seen.push({ user: { name: "", groups: [] }, request });
      sink.end();
    };
    await ask(port, "/api/v1/watch/namespaces/a/pods/web?labelSelector=x");
    await ask(port, "/api/v1/watch/pods");
    const [one, all] = handler.seen.map(({ request: { verb, namespace, name, options } }) => ({ verb, namespace, name, options }));
    const options = { labelSelector: "x", fieldSelector: "metadata.name=web" };
    assert.equal(one, { verb: "watch", namespace: "a", name: undefined, options });
    assert.equal(all, { verb: "watch", namespace: undefined, name: undefined, options: undefined });
    assert.is((await ask(port, "/api/v1/watch/pods", { method: "DELETE" })).code, 405);
  }));

test("calls off what takes longer than the client waits, and refuses a wait that is none", () =>
  withServer(async ({ port, handler }) => {
    handler.answer = (_user, _request, signal) =>
      new Promise((resolve) => {
        const late = (): void => resolve({ code: 504, contentType: "text/plain", body: Buffer.from("late") });
        signal.addEventListener("abort", late, { once: true });
      });
    assert.is((await ask(port, "/api/v1/pods?timeout=10ms")).code, 504);
    const { code, json } = await ask(port, "/api/v1/pods?timeout=soon");
    assert.equal([code, json["message"]], [400, 'invalid timeout specified in the request URL - time: invalid duration "soon"']);
  }));

test("hands on the body and its media type without parameters", () =>
  withServer(async ({ port, handler }) => {
    const headers = { "content-type": "application/yaml; charset=utf-8" };
    await ask(port, "/api/v1/namespaces/a/pods", { method: "POST", body: "a: b", headers });
    const { request } = handler.seen[0] ?? {};
    assert.is(request?.verb, "create");
    assert.is(request?.contentType, "application/yaml");
    assert.is(Buffer.from(request?.body ?? []).toString(), "a: b");
  }));

test("serves many requests on one HTTP/2 connection, as the same user", () =>
  withServer(async ({ port }) => {
    const session = await connectH2(port);
    const names = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const answers = await Promise.all(names.map((name) => askH2(session, `/api/v1/namespaces/a/pods/${name}`)));
    session.close();
    const seen = answers.map(({ json }) => json as { user: { name: string }; request: { name: string } });
    assert.equal(
      seen.map(({ request }) => request.name),
      names,
    );
    assert.ok(seen.every(({ user }) => user.name === "jane"));
  }));

for (const [what, path, options, code, reason] of [
  ["an unknown method", "/api/v1/pods", { method: "TRACE" }, 405, "MethodNotAllowed"],
  ["a write to what is only read", "/healthz", { method: "POST" }, 405, "MethodNotAllowed"],
  ["a number that is none", "/api/v1/pods?limit=x", {}, 400, "BadRequest"],
  ["a malformed escape", "/api/v1/pods/%zz", {}, 400, "BadRequest"],
  ["a body of another type", "/api/v1/pods", { method: "POST", headers: { "content-type": "text/html" } }, 415, "UnsupportedMediaType"],
  ["a patch without a type", "/api/v1/pods/a", { method: "PATCH", body: "{}" }, 415, "UnsupportedMediaType"],
  ["a bad token", "/api/v1/pods", { anonymous: true, headers: { authorization: "Bearer bad" } }, 401, "Unauthorized"],
] as const) {
  test(`answers ${what} with a Status`, () =>
    withServer(async ({ port }) => {
      const { json, code: answered } = await ask(port, path, options);
      assert.equal([answered, json["kind"], json["reason"], json["code"]], [code, "Status", reason, code]);
    }));
}

test("answers a path that nothing serves with plain text, whatever the method", () =>
  withServer(async ({ port }) => {
    for (const method of ["GET", "POST"]) {
      const { code, bytes } = await ask(port, "/nothing", { method });
      assert.equal([code, bytes.toString()], [404, "404 page not found\n"], method);
    }
  }));

test("authorizes paths", () =>
  withServer(
    async ({ port }) => {
      assert.is((await ask(port, "/healthz", { anonymous: true })).bytes.toString(), "ok");
      const { code, json } = await ask(port, "/metrics", { anonymous: true });
      assert.equal([code, json["message"]], [403, 'forbidden: User "system:anonymous" cannot get path "/metrics"']);
    },
    (_user, attributes) => ({ decision: "path" in attributes && attributes.path === "/healthz" ? "allow" : "noOpinion", reason: "" }),
  ));

test("takes a bearer token, whatever the case of its scheme", () =>
  withServer(async ({ port, handler }) => {
    for (const scheme of ["Bearer", "bearer"]) {
      await ask(port, "/api/v1/pods", { anonymous: true, headers: { authorization: `${scheme} good` } });
    }
    const bot = { name: "bot", groups: ["system:authenticated"] };
    assert.equal(
      handler.seen.map(({ user }) => user),
      [bot, bot],
    );
  }));

test("refuses a certificate of another authority", () =>
  withServer(async ({ port, handler }) => {
    assert.is((await ask(port, "/api/v1/pods", await strangerOf("admin"))).code, 401);
    assert.is(handler.seen.length, 0);
  }));

test("acts as whom the headers ask to be", () =>
  withServer(async ({ port, handler }) => {
    const headers = {
      "impersonate-user": "joe",
      "impersonate-group": ["a", "b, c"],
      "impersonate-extra-scopes%2fx": "one",
      "impersonate-uid": "7",
    };
    await ask(port, "/api/v1/pods", { headers });
    await ask(port, "/api/v1/pods", { headers: { "impersonate-user": "system:serviceaccount:a:bot" } });
    await ask(port, "/api/v1/pods", { headers: { "impersonate-user": "system:anonymous" } });
    assert.equal(
      handler.seen.map(({ user }) => user),
      [
        { name: "joe", groups: ["a", "b, c", "system:authenticated"], uid: "7", extra: { "scopes/x": ["one"] } },
        {
          name: "system:serviceaccount:a:bot",
          groups: ["system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"],
        },
        { name: "system:anonymous", groups: ["system:unauthenticated"] },
      ],
    );
  }));

test("refuses to act as whom the user may not be", () =>
  withServer(
    async ({ port }) => {
      const { code, json } = await ask(port, "/api/v1/pods", {
        headers: { "impersonate-user": "joe", "impersonate-group": "system:masters" },
      });
      const message =
        'groups "system:masters" is forbidden: User "jane" cannot impersonate resource "groups" in API group "" at the cluster scope';
      assert.equal([code, json["message"]], [403, message]);
      assert.is((await ask(port, "/api/v1/pods", { headers: { "impersonate-group": "a" } })).code, 400);
    },
    (_user, attributes) => ({ decision: "resource" in attributes && attributes.resource === "users" ? "allow" : "noOpinion", reason: "" }),
  ));

test("refuses a large body by its length, without reading it", () =>
  withServer(async ({ port, handler }) => {
    const request = await open(port, "/api/v1/pods", { method: "POST", headers: { "content-length": 10 * 1024 * 1024 } });
    request.on("error", () => undefined);
    request.write("{");
    const [response] = await once(request, "response");
    assert.is(response.resume().statusCode, 413);
    assert.is(handler.seen.length, 0);
    request.destroy();
  }));

test("a client that sends all of a body that is too large reads the answer, and the connection is not cut", () =>
  withServer(async ({ port }) => {
    for (const [index] of ["often", "enough", "for chance"].entries()) {
      const request = await open(port, "/api/v1/pods", { method: "POST", headers: { connection: "close" } });
      const sent = once(request, "finish");
      const answered = once(request, "response");
      request.end(Buffer.alloc(10 * 1024 * 1024));
      const [response] = await answered;
      assert.is(response.resume().statusCode, 413, `request ${index}`);
      await sent;
    }
  }));

test("refuses a large body of unknown length once it is too much", () =>
  withServer(async ({ port }) => {
    const session = await connectH2(port);
    const stream = session.request({ ":path": "/api/v1/pods", ":method": "POST" }, { endStream: false });
    stream.on("error", () => undefined);
    const answered = once(stream, "response");
    stream.write(Buffer.alloc(4 * 1024 * 1024, 32));
    const [headers] = await answered;
    assert.is(headers[":status"], 413);
    session.destroy();
  }));

test("takes a body of the largest size", () =>
  withServer(async ({ port, handler }) => {
    const body = Buffer.alloc(3 * 1024 * 1024, 32);
    assert.is((await ask(port, "/api/v1/pods", { method: "POST", body })).code, 200);
    assert.is(handler.seen[0]?.request.body?.length, body.length);
  }));

test("compresses a large answer for who can read it", () =>
  withServer(async ({ port, handler }) => {
    const body = encoder.encode(JSON.stringify({ text: "x".repeat(200_000) }));
    handler.answer = async () => ({ code: 200, contentType: "application/json", body });
    const zipped = await ask(port, "/api/v1/pods", { headers: { "accept-encoding": "gzip, br" } });
    assert.is(zipped.headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(zipped.bytes), Buffer.from(body));
    const plain = await ask(port, "/api/v1/pods");
    assert.is(plain.headers["content-encoding"], undefined);
    assert.is(plain.bytes.length, body.length);
  }));

test("indents an answer for people", () =>
  withServer(async ({ port }) => {
    const lines = async (path: string, agent: string) =>
      (await ask(port, path, { headers: { "user-agent": agent } })).bytes.toString().split("\n").length;
    assert.ok((await lines("/api/v1/pods", "curl/8.0")) > 1);
    assert.ok((await lines("/api/v1/pods?pretty=true", "kubectl")) > 1);
    assert.is(await lines("/api/v1/pods?pretty=0", "curl/8.0"), 1);
    assert.is(await lines("/api/v1/pods", "kubectl"), 1);
  }));

test("sends warnings as headers that any text survives", () =>
  withServer(async ({ port, handler }) => {
    const warnings = ['a "b" \\ c', "ü\n"];
    handler.answer = async () => ({ code: 200, contentType: "application/json", body: encoder.encode("{}"), warnings });
    const { headers } = await ask(port, "/api/v1/pods");
    assert.is(headers["warning"], `299 - "a \\"b\\" \\\\ c", 299 - "${Buffer.from("ü ").toString("latin1")}"`);
  }));

test("sends no body to HEAD", () =>
  withServer(async ({ port }) => {
    const { code, bytes, headers } = await ask(port, "/api/v1/pods", { method: "HEAD" });
    assert.equal([code, bytes.length], [200, 0]);
    assert.ok(Number(headers["content-length"]) > 0);
  }));

test("survives what is no HTTP and no TLS", () =>
  withServer(async ({ port }) => {
    const { ca } = await clientOf("jane");
    const nonsense = ["\u0000\u0001nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: z\r\n\r\n"];
    for (const text of nonsense) {
      const socket = connect({ host: "127.0.0.1", port, ca, ALPNProtocols: ["http/1.1"] });
      socket.on("error", () => undefined);
      await once(socket, "secureConnect");
      socket.end(text);
      await once(socket.resume(), "close");
    }
    const plain = connectPlain(port, "127.0.0.1");
    plain.on("error", () => undefined);
    plain.write("GET / HTTP/1.1\r\n\r\n");
    await once(plain.resume(), "close");
    assert.is((await ask(port, "/healthz")).code, 200);
  }));

test("leaves who asks for another protocol in vain, though it does not leave itself", () =>
  withServer(async ({ port }) => {
    const { ca, cert, key } = await clientOf("jane");
    const options = { host: "127.0.0.1", port, ca, cert, key, allowHalfOpen: true };
    const socket = connect(options).resume();
    const left = new Promise((resolve) => socket.on("error", resolve).on("close", resolve));
    socket.write("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    await once(socket, "end");
    const talk = (): void => void (socket.writable && socket.write("still here", () => setImmediate(talk)));
    talk();
    await left;
    socket.destroy();
  }));
