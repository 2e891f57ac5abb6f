// A component that asks others, on a real thread and a real network: the example client.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import * as assert from "uvu/assert";
import { run } from "#test/contract/runtime.ts";
import { suite } from "#test/support/suite.ts";
import { openNode } from "./support.ts";

const test = suite("components that ask over HTTP", 20_000);
const ADDRESS = "127.64.77.7";
const PORT = 18_181;

const linesOf = async (url: string): Promise<readonly string[]> => {
  await using opened = await openNode("client", { cluster: { ranges: ["127.64.0.0/12"], mayBindLow: true } });
  const env = Object.entries({ URL: url, SECONDS: "0", COUNT: "2" }).map(([name, value]) => ({ name, value }));
  const watched = await run(opened, [], { env });
  assert.is((await watched.exited()).exitCode, 0);
  const log = await readFile(opened.logPath("main"), "utf8");
  return log
    .trim()
    .split("\n")
    .map((line) => line.replace(/^\S+ stdout F /, ""));
};

test("waits for an answer without holding its thread, and says what it was", async () => {
  const server = createServer(({ headers, url }, response) => {
    setTimeout(() => response.writeHead(404).end(`${headers.host} ${url}\nand more`), 20);
  }).listen(PORT, ADDRESS);
  await once(server, "listening");
  try {
    const line = `GET http://${ADDRESS}:${PORT}/a?b=c: 404 ${ADDRESS}:${PORT} /a?b=c`;
    assert.equal(await linesOf(`http://${ADDRESS}:${PORT}/a?b=c`), [line, line]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
test("does not reach what listens on the machine's loopback", async () => {
  const server = createServer((_request, response) => response.end("a secret")).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  try {
    const line = `GET http://127.0.0.1:${port}/: connection refused`;
    assert.equal(await linesOf(`http://127.0.0.1:${port}/`), [line, line]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
