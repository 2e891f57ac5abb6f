// A bare Node server that answers what the example web answers on /healthz. Run by a worker; says its port.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parentPort } from "node:worker_threads";

const BODY = "ok\n";

const server = createServer((_request, response) => {
  response.writeHead(200, ["content-type", "text/plain; charset=utf-8", "content-length", String(BODY.length)]).end(BODY);
});
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
server.listen({ host: "127.0.0.1", port: 0 }, () => parentPort?.postMessage((server.address() as AddressInfo).port));
