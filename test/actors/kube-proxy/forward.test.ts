import { createSocket } from "node:dgram";
import { connect, createServer, type AddressInfo } from "node:net";
import * as assert from "uvu/assert";
import { Balancer } from "#actors/kube-proxy/balancer.ts";
import { openTcp } from "#actors/kube-proxy/tcp.ts";
import { openUdp } from "#actors/kube-proxy/udp.ts";
import { systemClock } from "#lib/clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("kube-proxy/forward");

const port = async (): Promise<number> => {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => {
    const { port: free } = server.address() as AddressInfo;
    server.close(() => resolve(free));
  });
  return promise;
};
const front = (backends: readonly number[]) =>
  new Balancer({
    key: "k",
    protocol: "TCP",
    address: "127.0.0.1",
    port: 1,
    affinityMs: undefined,
    backends: backends.map((at) => ({ address: "127.0.0.1", port: at })),
  });
const options = (at: number, balancer: Balancer) => ({
  address: "127.0.0.1",
  port: at,
  balancer,
  now: () => 0,
  realPort: (same: number) => same,
});

test("carries bytes both ways, passing over a backend that refuses", async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  const [refusing, listening, proxied] = await Promise.all([port(), port(), port()]);
  await new Promise<void>((resolve) => echo.listen(listening, "127.0.0.1", resolve));
  const open = await openTcp(options(proxied, front([refusing, listening])));
  const client = connect({ port: proxied, host: "127.0.0.1", allowHalfOpen: true });
  client.end("hello");
  const chunks: Buffer[] = [];
  for await (const chunk of client) chunks.push(chunk as Buffer);
  assert.is(Buffer.concat(chunks).toString(), "hello");
  await open.close();
  await new Promise((resolve) => echo.close(resolve));
});
test("resets a connection that no backend takes", async () => {
  const [refusing, proxied] = await Promise.all([port(), port()]);
  const open = await openTcp(options(proxied, front([refusing])));
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  connect(proxied, "127.0.0.1")
    .on("error", (error: NodeJS.ErrnoException) => resolve(error.code))
    .resume();
  assert.is(await promise, "ECONNRESET");
  await open.close();
});
test("brings a datagram's answer back to its client", async () => {
  const [echoAt, proxied] = await Promise.all([port(), port()]);
  const echo = createSocket("udp4");
  echo.on("message", (message, from) => echo.send(`re: ${message.toString()}`, from.port, from.address));
  await new Promise<void>((resolve) => echo.bind(echoAt, "127.0.0.1", resolve));
  const open = await openUdp(options(proxied, front([echoAt])), systemClock);
  const client = createSocket("udp4");
  const { promise, resolve } = Promise.withResolvers<string>();
  client.on("message", (message) => resolve(message.toString()));
  client.send("hi", proxied, "127.0.0.1");
  assert.is(await promise, "re: hi");
  client.close();
  echo.close();
  await open.close();
});
test("lets two processes' listeners share an address", async () => {
  const proxied = await port();
  const first = await openTcp(options(proxied, front([])));
  const second = await openTcp(options(proxied, front([])));
  await Promise.all([first.close(), second.close()]);
});
