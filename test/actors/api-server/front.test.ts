// The whole API server over HTTPS: what only the front and the core together do.
import { once } from "node:events";
import { request } from "node:https";
import * as assert from "uvu/assert";
import { configMaps } from "#api/core/v1/config-map.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { ApiError } from "#api/meta/status.ts";
import { Client } from "#lib/client.ts";
import { HttpsTransport, type HttpsTransportOptions } from "#lib/https/transport.ts";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/front", 10_000);
type Dev = Awaited<ReturnType<typeof startDevServer>>;

const withDevServer = async (body: (dev: Dev, clientAs: (options: HttpsTransportOptions) => Client) => Promise<void>): Promise<void> => {
  const dev = await startDevServer();
  const transports: HttpsTransport[] = [];
  try {
    await body(dev, (options) => {
      const transport = new HttpsTransport(options);
      transports.push(transport);
      return new Client(transport);
    });
  } finally {
    await Promise.all(transports.map((transport) => transport.close()));
    await dev.stop();
  }
};
const messageOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no failure",
    (error: unknown) => (error instanceof ApiError ? `${error.code} ${error.message}` : String(error)),
  );

test("reads back what was written, and refuses who may not", () =>
  withDevServer(async (dev, clientAs) => {
    const admin = clientAs(dev.access);
    await admin.create(configMaps, { metadata: { namespace: "default", name: "a" }, data: { k: "v" } });
    assert.equal((await admin.get(configMaps, { namespace: "default", name: "a" })).data, { k: "v" });
    const jane = clientAs(await dev.clientOf("jane"));
    assert.is(
      await messageOf(jane.list(pods, { namespace: "default" })),
      '403 pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    );
  }));

test("lets a pod's token in, within its roles", () =>
  withDevServer(async (dev, clientAs) => {
    const admin = clientAs(dev.access);
    await admin.create(serviceAccounts, { metadata: { namespace: "default", name: "bot" } });
    const tokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { namespace: "default", name: "bot" },
      spec: {},
    };
    const answer = (await admin.create(serviceAccounts, tokenRequest, { subresource: "token" })) as unknown as {
      status: { token: string };
    };
    const { server, certificateAuthority } = dev.access;
    const bot = clientAs({ server, certificateAuthority, token: () => answer.status.token });
    assert.match(await messageOf(bot.list(namespaces)), /^403 namespaces is forbidden: User "system:serviceaccount:default:bot"/);
    await admin.create(clusterRoleBindings, {
      metadata: { name: "bot" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "ServiceAccount", name: "bot", namespace: "default" }],
    });
    assert.ok((await bot.list(namespaces)).items.length > 0);
  }));

test("answers a quiet watch at once, and its changes as they happen", () =>
  withDevServer(async (dev, clientAs) => {
    const admin = clientAs(dev.access);
    const { metadata } = await admin.list(configMaps, { namespace: "default" });
    const stop = new AbortController();
    const seen = Promise.withResolvers<{ type: string; object: { metadata: { name: string } } }>();
    const watching = admin.transport
      .stream(
        {
          verb: "watch",
          group: "",
          version: "v1",
          resource: "configmaps",
          namespace: "default",
          options: { resourceVersion: metadata.resourceVersion },
        },
        (frame) => seen.resolve(JSON.parse(Buffer.from(frame).toString()) as never),
        stop.signal,
      )
      .catch(() => undefined);
    await admin.create(configMaps, { metadata: { namespace: "default", name: "b" } });
    const { type, object } = await seen.promise;
    assert.equal([type, object.metadata.name], ["ADDED", "b"]);
    stop.abort();
    await watching;
  }));

test("shows an unknown client health and nothing else", () =>
  withDevServer(async (dev, clientAs) => {
    const { server, certificateAuthority: ca } = dev.access;
    const nobody = clientAs({ server, certificateAuthority: ca });
    assert.match(await messageOf(nobody.list(pods)), /^403 pods is forbidden: User "system:anonymous"/);
    const codeOf = async (path: string): Promise<number | undefined> => {
      const [response] = await once(request(`${server}${path}`, { ca, agent: false }).end(), "response");
      response.resume();
      await once(response, "end");
      return response.statusCode;
    };
    assert.equal(
      [await codeOf("/readyz"), await codeOf("/version"), await codeOf("/metrics"), await codeOf("/apis")],
      [200, 200, 403, 403],
    );
  }));
