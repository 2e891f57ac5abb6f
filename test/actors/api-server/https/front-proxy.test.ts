// Who is taken for whom when an authority of front proxies is trusted beside the one of users.
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { connect } from "node:tls";
import * as assert from "uvu/assert";
import { systemClock } from "#lib/clock.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import { systemRandom } from "#lib/random.ts";
import { suite } from "#test/support/suite.ts";
import { ask, startServer } from "./test-server.ts";

const test = suite("api-server/https/front-proxy", 10_000);

const HEADERS = {
  "x-remote-user": "jane",
  "x-remote-uid": "7",
  "x-remote-group": ["devs", "ops"],
  "x-remote-extra-example.com%2fscopes": "view",
};

const withProxies = async (
  body: (asked: (client: string | undefined, headers: object, groups?: string[]) => Promise<unknown>) => Promise<void>,
) => {
  const authority = await createAuthority("front-proxy-ca", { clock: systemClock, random: systemRandom });
  const frontProxy = { authority: authority.credentials.certificate, names: ["front-proxy-client"] };
  const { server, port } = await startServer(undefined, { frontProxy });
  try {
    await body(async (name, headers, groups = []) => {
      const client = name === undefined ? undefined : await authority.client({ name, groups });
      const identity = client === undefined ? {} : { cert: client.certificate, key: client.key };
      const { code, json } = await ask(port, "/api/v1/pods", { ...identity, headers: headers as never });
      return code === 200 ? json["user"] : code;
    });
  } finally {
    await server.stop(100);
  }
};

test("a front proxy says whose request it is", () =>
  withProxies(async (asked) => {
    assert.equal(await asked("front-proxy-client", HEADERS), {
      name: "jane",
      groups: ["devs", "ops", "system:authenticated"],
      uid: "7",
      extra: { "example.com/scopes": ["view"] },
    });
  }));

test("a front proxy is nobody itself, whatever its certificate says", () =>
  withProxies(async (asked) => {
    assert.is(await asked("front-proxy-client", {}, ["system:masters"]), 401);
    assert.is(await asked("somebody", HEADERS, ["system:masters"]), 401);
  }));

test("the headers of others say nothing", () =>
  withProxies(async (asked) => {
    const { name, groups } = (await asked(undefined, { ...HEADERS, "x-remote-user": "root" })) as { name: string; groups: string[] };
    assert.equal([name, groups], ["jane", ["devs", "system:authenticated"]]); // by her certificate
  }));

test("a session that is taken up again is known as it was", async () => {
  const authority = await createAuthority("front-proxy-ca", { clock: systemClock, random: systemRandom });
  const frontProxy = { authority: authority.credentials.certificate, names: ["front-proxy-client"] };
  const { certificate: cert, key } = await authority.client({ name: "somebody", groups: ["system:masters"] });
  const { server, port } = await startServer(undefined, { frontProxy });
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    let session: Buffer | undefined;
    for (const isReused of [false, true]) {
      const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, cert, key, maxVersion, session });
      socket.on("session", (given) => (session = given));
      await once(socket, "secureConnect");
      assert.is(socket.isSessionReused(), isReused);
      socket.write("GET /api/v1/pods HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      assert.match((await buffer(socket)).toString(), /^HTTP\/1\.1 401 /);
    }
  }
  await server.stop(100);
});
