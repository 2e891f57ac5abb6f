// Sockets of two guests, called as the linker would call them: they meet at their pod's address.
import * as assert from "uvu/assert";
import { Names } from "#runtime/network/lookup.ts";
import type { PodNetworkView } from "#runtime/network/reach.ts";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import { whenReady, type Pollable } from "#runtime/wasi/preview2/poll.ts";
import type { Result } from "#runtime/wasi/preview2/result.ts";
import type { InputStream, OutputStream } from "#runtime/wasi/preview2/streams.ts";
import { endpointOf, ipAddressOf, isUnspecified, socketAddressOf } from "#runtime/wasi/preview2/sockets-address.ts";
import { socketInterfaces } from "#runtime/wasi/preview2/sockets.ts";
import { suite } from "#test/support/suite.ts";
import { TestLife } from "../preview1/guest.ts";

const test = suite("runtime/wasi/preview2/sockets");
const life = new TestLife();
const NETWORK: PodNetworkView = { ranges: ["127.64.0.0/12"], mayBindLow: false, address: "127.64.99.1", isHost: false };
const HOSTS = [{ path: "etc/hosts", text: "127.64.99.1\tpod\n" }];

type Call = (...args: readonly unknown[]) => unknown;
const all: Readonly<Record<string, HostInterface>> = socketInterfaces(new Names(HOSTS, NETWORK), NETWORK);
const call = (name: string, ...args: readonly unknown[]): unknown => {
  const found = Object.values(all).find((each) => name in each)?.[name];
  if (found === undefined) throw new Error(`no ${name}`);
  return (found as unknown as Call)(...args);
};
const result = (name: string, ...args: readonly unknown[]): Result<unknown, string> => call(name, ...args) as Result<unknown, string>;
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the WIT says what comes back
const value = <Value>(name: string, ...args: readonly unknown[]): Value => {
  const { tag, val } = result(name, ...args);
  if (tag === "err") throw new Error(`${name}: ${val}`);
  return val as Value;
};
const ready = async (what: string, self: unknown): Promise<void> => {
  const { waitable } = call(`[method]${what}.subscribe`, self) as Pollable;
  await whenReady(life, waitable, () => undefined);
};
const at = (address: string, port: number) => socketAddressOf({ address, port });

const listening = async (port: number): Promise<Disposable> => {
  const server = value<Disposable>("create-tcp-socket", "ipv4");
  value("[method]tcp-socket.start-bind", server, {}, at("0.0.0.0", port));
  value("[method]tcp-socket.finish-bind", server);
  value("[method]tcp-socket.start-listen", server);
  await ready("tcp-socket", server);
  value("[method]tcp-socket.finish-listen", server);
  return server;
};
const connected = async (
  address: string,
  port: number,
): Promise<Result<readonly [InputStream, OutputStream], string> & { socket: Disposable }> => {
  const socket = value<Disposable>("create-tcp-socket", "ipv4");
  value("[method]tcp-socket.start-connect", socket, {}, at(address, port));
  assert.equal(result("[method]tcp-socket.finish-connect", socket), { tag: "err", val: "would-block" });
  await ready("tcp-socket", socket);
  return { ...(result("[method]tcp-socket.finish-connect", socket) as Result<readonly [InputStream, OutputStream], string>), socket };
};
const read = ({ source }: InputStream): Promise<string | undefined> | string | undefined =>
  whenReady(life, source, () => {
    const bytes = source.read(100);
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  });

test("two guests of a pod talk, on a low port too, and one hears that the other has ended", async () => {
  using server = await listening(80);
  assert.equal(value("[method]tcp-socket.local-address", server), at("127.64.99.1", 80));
  const client = await connected("127.0.0.1", 80);
  if (client.tag === "err") throw new Error(client.val);
  await ready("tcp-socket", server);
  const [peer, input, output] = value<readonly [Disposable, InputStream, OutputStream]>("[method]tcp-socket.accept", server);
  assert.equal(result("[method]tcp-socket.accept", server), { tag: "err", val: "would-block" });
  client.val[1].write(new TextEncoder().encode("a question"));
  assert.is(await read(input), "a question");
  output.write(new TextEncoder().encode("an answer"));
  assert.is(await read(client.val[0]), "an answer");
  value("[method]tcp-socket.shutdown", peer, "send");
  assert.is(await read(client.val[0]), undefined);
  assert.equal(output.write(new Uint8Array(1)).tag, "err");
  peer[Symbol.dispose]();
  client.socket[Symbol.dispose]();
});
test("says that nobody listens", async () => {
  const { tag, val, socket } = await connected("127.64.99.1", 81);
  assert.equal([tag, val], ["err", "connection-refused"]);
  socket[Symbol.dispose]();
});
test("listens on the pod's own address only, and once", async () => {
  using server = await listening(8081);
  using other = value<Disposable>("create-tcp-socket", "ipv4");
  assert.equal(result("[method]tcp-socket.start-bind", other, {}, at("127.64.99.2", 8082)), { tag: "err", val: "address-not-bindable" });
  assert.equal(result("[method]tcp-socket.start-listen", other), { tag: "err", val: "invalid-state" });
  value("[method]tcp-socket.start-bind", other, {}, at("127.64.99.1", 8081));
  value("[method]tcp-socket.finish-bind", other);
  value("[method]tcp-socket.start-listen", other);
  await ready("tcp-socket", other);
  assert.equal(result("[method]tcp-socket.finish-listen", other), { tag: "err", val: "address-in-use" });
  assert.is(call("[method]tcp-socket.is-listening", server), true);
});
test("gives no more sockets than the node can bear", () => {
  const made: Disposable[] = [];
  for (;;) {
    const { tag, val } = result("create-tcp-socket", "ipv4");
    if (tag === "err") {
      assert.is(val, "new-socket-limit");
      break;
    }
    made.push(val as Disposable);
  }
  assert.is(made.length, 1024);
  for (const each of made) each[Symbol.dispose]();
  value<Disposable>("create-udp-socket", "ipv4")[Symbol.dispose]();
});
test("sends datagrams, and hears only whom it asked", async () => {
  const bound = async (port: number) => {
    const socket = value<Disposable>("create-udp-socket", "ipv4");
    value("[method]udp-socket.start-bind", socket, {}, at("0.0.0.0", port));
    await ready("udp-socket", socket);
    value("[method]udp-socket.finish-bind", socket);
    return socket;
  };
  using server = await bound(53);
  using client = await bound(0);
  const [requests, replies] = value<readonly [unknown, unknown]>("[method]udp-socket.stream", server, undefined);
  const [answers, questions] = value<readonly [unknown, unknown]>("[method]udp-socket.stream", client, at("127.64.99.1", 53));
  value("[method]outgoing-datagram-stream.send", questions, [{ data: new TextEncoder().encode("who"), remoteAddress: undefined }]);
  await ready("incoming-datagram-stream", requests);
  type Datagrams = readonly { readonly data: Uint8Array; readonly remoteAddress: unknown }[];
  const [question] = value<Datagrams>("[method]incoming-datagram-stream.receive", requests, 10n);
  value("[method]outgoing-datagram-stream.send", replies, [{ data: question?.data, remoteAddress: question?.remoteAddress }]);
  await ready("incoming-datagram-stream", answers);
  const [answer] = value<Datagrams>("[method]incoming-datagram-stream.receive", answers, 10n);
  assert.is(Buffer.from(answer?.data ?? []).toString(), "who");
  assert.equal(answer?.remoteAddress, at("127.64.99.1", 53), "from where it asked");
});
test("looks names up as the pod does", async () => {
  const found = value<unknown>("resolve-addresses", {}, "pod");
  assert.equal(result("[method]resolve-address-stream.resolve-next-address", found), { tag: "err", val: "would-block" });
  await ready("resolve-address-stream", found);
  assert.equal(value("[method]resolve-address-stream.resolve-next-address", found), { tag: "ipv4", val: [127, 64, 99, 1] });
  assert.is(value("[method]resolve-address-stream.resolve-next-address", found), undefined);
  const absent = value<unknown>("resolve-addresses", {}, "nobody");
  await ready("resolve-address-stream", absent);
  assert.equal(result("[method]resolve-address-stream.resolve-next-address", absent), { tag: "err", val: "name-unresolvable" });
  assert.equal(result("resolve-addresses", {}, "a/b"), { tag: "err", val: "invalid-argument" });
});
test("remembers what a guest wants of a socket", () => {
  using socket = value<Disposable>("create-tcp-socket", "ipv6");
  assert.is(value("[method]tcp-socket.hop-limit", socket), 64);
  value("[method]tcp-socket.set-hop-limit", socket, 8);
  assert.is(value("[method]tcp-socket.hop-limit", socket), 8);
  assert.equal(result("[method]tcp-socket.set-hop-limit", socket, 0), { tag: "err", val: "invalid-argument" });
  value("[method]tcp-socket.set-keep-alive-enabled", socket, true);
  assert.is(value("[method]tcp-socket.keep-alive-enabled", socket), true);
  assert.is(call("[method]tcp-socket.address-family", socket), "ipv6");
});
test("writes addresses both ways", () => {
  for (const address of ["10.1.2.3", "2001:db8:0:0:0:0:0:1"]) assert.equal(endpointOf(at(address, 7)), { address, port: 7 });
  assert.ok(isUnspecified(at("::", 1)));
  assert.is(ipAddressOf("a.example"), undefined);
});
