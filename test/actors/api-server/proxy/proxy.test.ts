// The whole API server over HTTPS before a real small server, which stands where a pod would.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import * as assert from "uvu/assert";
import { pods } from "#api/core/v1/pod.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import { endpoints } from "#api/core/v1/endpoints.ts";
import { services } from "#api/core/v1/service.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import { nodes } from "#api/core/v1/node.ts";
import { failure } from "#api/meta/status.ts";
import { Client } from "#lib/client.ts";
import { HttpsTransport } from "#lib/https/transport.ts";
import { encodeHead, type NodeTransport } from "#lib/node-api.ts";
import { suite } from "#test/support/suite.ts";
import { startDevServer } from "../dev-server.ts";

const test = suite("api-server/proxy", 20_000);
const PODS = "/api/v1/namespaces/default/pods";
const NODES = "/api/v1/nodes";
const SERVICES = "/api/v1/namespaces/default/services";

/** Answers every request with what it was; `/moved` with a redirect, `/drip` piece by piece. */
const startEcho = async () => {
  const server = createServer(async (asked, response) => {
    if (asked.url === "/moved") return void response.writeHead(302, { location: "/there" }).end();
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk as Buffer);
    const { method, url, headers } = asked;
    response.writeHead(207, { "x-own": "yes", "content-type": "application/json" });
    response.write(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
    if (url !== "/drip") response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, close };
};

/** One kubelet that answers with what it is asked. */
const kubelets: NodeTransport = {
  stream: async (node, asked, onFrame) => {
    if (node !== "worker-1") throw failure("ServiceUnavailable", "nobody answers");
    onFrame(encodeHead({ code: 203, contentType: "application/json" }));
    onFrame(new TextEncoder().encode(JSON.stringify({ node, ...asked })));
  },
};

type Asked = { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string };
type Dev = Awaited<ReturnType<typeof startDevServer>>;

const open = async ({ access, port }: Dev, path: string, { body, ...options }: Asked = {}): Promise<IncomingMessage> => {
  const identity = { ca: access.certificateAuthority, cert: access.client.certificate, key: access.client.key };
  const sent = request({ host: "127.0.0.1", port, path, agent: false, ...identity, ...options });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  sent.end(body);
  return (await answered)[0];
};

const textOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

type Echo = { readonly method: string; readonly url: string; readonly headers: Record<string, string>; readonly body: string };
const ask = async (dev: Dev, path: string, asked?: Asked) => {
  const response = await open(dev, path, asked);
  const text = await textOf(response);
  return {
    code: response.statusCode,
    headers: response.headers,
    json: (text === "" ? {} : JSON.parse(text)) as Echo & { message?: string },
  };
};

/** A pod that is at this address. */
const startPod = async (client: Client, metadata: { readonly namespace: string; readonly name: string }, ip: string, port: number) => {
  const containers = [{ name: "main", image: "web:1", ports: [{ containerPort: port }] }];
  const pod = await client.create(pods, { metadata, spec: { containers } });
  await client.update(pods, { ...pod, status: { phase: "Running", podIP: ip } }, { subresource: "status" });
};

const withPod = async (body: (dev: Dev, port: number) => Promise<void>): Promise<void> => {
  const [dev, echo] = await Promise.all([startDevServer({ nodes: kubelets }), startEcho()]);
  const transport = new HttpsTransport(dev.access);
  const client = new Client(transport);
  const metadata = { namespace: "default", name: "web" };
  try {
    await client.create(serviceAccounts, { metadata: { ...metadata, name: "default" } });
    await startPod(client, metadata, "127.0.0.1", echo.port);
    await startPod(client, { ...metadata, name: "local" }, "::1", echo.port);
    await client.create(services, { metadata, spec: { ports: [{ port: 80, targetPort: echo.port }] } });
    const targetRef = { kind: "Pod", ...metadata };
    await client.create(endpoints, { metadata, subsets: [{ addresses: [{ ip: "127.0.0.1", targetRef }], ports: [{ port: echo.port }] }] });
    await client.create(services, { metadata: { ...metadata, name: "written" }, spec: { ports: [{ port: 80 }] } });
    const written = [
      { ip: "127.0.0.1" },
      { ip: "127.0.0.2", targetRef },
      { ip: "127.0.0.1", targetRef: { ...targetRef, namespace: "other" } },
    ];
    const subsets = written.map((address) => ({ addresses: [address], ports: [{ port: echo.port }] }));
    await client.create(endpoints, { metadata: { ...metadata, name: "written" }, subsets });
    for (const name of ["worker-1", "worker-2"]) {
      const node = await client.create(nodes, { metadata: { name } });
      const status = { addresses: [{ type: "InternalIP", address: "127.0.0.1" }] };
      await client.update(nodes, { ...node, status }, { subresource: "status" });
    }
    await body(dev, echo.port);
  } finally {
    await transport.close();
    await dev.stop();
    echo.close();
  }
};

test("hands on requests to a pod: method, path, query, headers and body", () =>
  withPod(async (dev) => {
    const headers = {
      "x-asked": "yes",
      "content-type": "text/plain",
      "impersonate-user": "kubernetes-admin",
      "impersonate-group": "system:masters",
    };
    const { code, json, ...answer } = await ask(dev, `${PODS}/web/proxy/a%2Fb/?x=1&x=2`, { method: "POST", body: "hello", headers });
    assert.equal([code, answer.headers["x-own"]], [207, "yes"]);
    assert.equal([json.method, json.url, json.body], ["POST", "/a%2Fb/?x=1&x=2", "hello"]);
    assert.equal([json.headers["x-asked"], json.headers["content-type"]], ["yes", "text/plain"]);
    assert.equal([json.headers["impersonate-user"], json.headers["x-forwarded-for"]], [undefined, "127.0.0.1"]);
    for (const method of ["GET", "OPTIONS", "PUT", "PATCH", "DELETE"])
      assert.is((await ask(dev, `${PODS}/web/proxy/`, { method })).json.method, method);
  }));

test("says of who asks what it knows itself, and ends every body", () =>
  withPod(async (dev) => {
    const headers = {
      "x-remote-user": "root",
      "x-remote-group": "system:masters",
      "x-remote-extra-a": "b",
      "transfer-encoding": "chunked",
    };
    const { json } = await ask(dev, `${PODS}/web/proxy/`, { method: "DELETE", body: "hello", headers });
    assert.is(json.body, "hello");
    assert.equal(
      Object.keys(json.headers).filter((name) => name.startsWith("x-remote")),
      [],
    );
  }));

test("hands on requests to a Service's endpoints", () =>
  withPod(async (dev, port) => {
    assert.is((await ask(dev, `${SERVICES}/web:80/proxy/healthz`)).json.url, "/healthz");
    assert.is((await ask(dev, `${SERVICES}/http:web:/proxy/`)).json.url, "/");
    assert.is((await ask(dev, `${PODS}/web:${port}/proxy/x`)).json.url, "/x");
    const none = await ask(dev, `${SERVICES}/web:82/proxy/`);
    assert.equal([none.code, none.json.message], [503, 'no service port 82 found for service "web"']);
  }));

test("keeps redirects within the proxy, and adds the slash that a root needs", () =>
  withPod(async (dev) => {
    const moved = await ask(dev, `${PODS}/web/proxy/moved`);
    assert.equal([moved.code, moved.headers.location], [302, `${PODS}/web/proxy/there`]);
    const root = await ask(dev, `${PODS}/web/proxy?a=b`);
    assert.equal([root.code, root.headers.location], [301, `${PODS}/web/proxy/?a=b`]);
  }));

test("hands back an answer while it is made, and leaves when the client does", () =>
  withPod(async (dev) => {
    const response = await open(dev, `${PODS}/web/proxy/drip`);
    const [chunk] = (await once(response, "data")) as [Buffer];
    assert.match(chunk.toString(), /"url":"\/drip"/);
    response.destroy();
  }));

test("hands on requests to nodes: to what they listen on, and to their kubelets", () =>
  withPod(async (dev, port) => {
    assert.is((await ask(dev, `${NODES}/worker-1:${port}/proxy/x?y=1`)).json.url, "/x?y=1");
    const { code, json } = await ask(dev, `${NODES}/worker-1/proxy/stats/summary?only_cpu_and_memory=true`);
    assert.equal([code, json], [203, { node: "worker-1", what: "read", method: "GET", path: "/stats/summary?only_cpu_and_memory=true" }]);
    assert.is((await ask(dev, `${NODES}/worker-1:10250/proxy/pods`)).code, 203);
    const silent = await ask(dev, `${NODES}/worker-2/proxy/healthz`);
    assert.equal([silent.code, silent.json.message], [503, "error trying to reach service: nobody answers"]);
    assert.is((await ask(dev, `${NODES}/nobody/proxy/healthz`)).json.message, 'nodes "nobody" not found');
  }));

test("finds low ports where they are, and nobody is sent out of the cluster to this machine", () =>
  withPod(async (dev) => {
    const low = await ask(dev, `${PODS}/web:80/proxy/`);
    assert.match(low.json.message ?? "", /127\.0\.0\.1:10080/);
    const refused = await ask(dev, `${PODS}/local/proxy/`);
    assert.equal([refused.code, refused.json.message], [400, "address not allowed"]);
  }));

test("leads from a Service to pods of its namespace only, whatever its Endpoints say", () =>
  withPod(async (dev) => {
    const written = await ask(dev, `${SERVICES}/written/proxy/`);
    assert.equal([written.code, written.json.message], [503, 'no endpoints available for service "written"']);
  }));

test("tells namespaces from resources by their place in the path", () =>
  withPod(async (dev, port) => {
    const transport = new HttpsTransport(dev.access);
    const client = new Client(transport);
    await client.create(namespaces, { metadata: { name: "nodes" } });
    await client.create(serviceAccounts, { metadata: { namespace: "nodes", name: "default" } });
    await startPod(client, { namespace: "nodes", name: "proxy" }, "127.0.0.1", port);
    await transport.close();
    assert.is((await ask(dev, "/api/v1/namespaces/nodes/pods/proxy/proxy/x")).json.url, "/x");
  }));

test("answers for what is not there, does not answer, or is not allowed", () =>
  withPod(async (dev) => {
    assert.is((await ask(dev, `${PODS}/nobody/proxy/`)).json.message, 'pods "nobody" not found');
    const closed = await ask(dev, `${PODS}/web:1/proxy/`);
    assert.is(closed.code, 503);
    assert.match(closed.json.message ?? "", /^error trying to reach service: dial tcp 127\.0\.0\.1:\d+: connect: connection refused/);
    const jane = await ask(dev, `${PODS}/web/proxy/`, { headers: { "impersonate-user": "jane" } });
    assert.is(jane.code, 403);
    assert.match(jane.json.message ?? "", /cannot get resource "pods\/proxy" in API group "" in the namespace "default"/);
  }));
