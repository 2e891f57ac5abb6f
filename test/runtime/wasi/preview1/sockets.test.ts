import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import * as assert from "uvu/assert";
import { ERRNO } from "#runtime/wasi/preview1/errno.ts";
import { Listener } from "#runtime/wasi/preview1/connections.ts";
import { suite } from "#test/support/suite.ts";
import { openGuest, type TestGuest } from "./guest.ts";

const test = suite("preview1: sockets");

const AT = { vectors: 1000, result: 2000, flags: 2100, data: 4000 };
const LISTENER = 4;
const NON_BLOCKING = 4;

const vector = (guest: TestGuest, length: number): void => {
  guest.view().setUint32(AT.vectors, AT.data, true);
  guest.view().setUint32(AT.vectors + 4, length, true);
};

const result = (guest: TestGuest): number => guest.view().getUint32(AT.result, true);

type Listening = AsyncDisposable & { readonly guest: TestGuest; readonly dial: () => Promise<Socket> };

const openListening = async (): Promise<Listening> => {
  const server = createServer();
  const listener = new Listener(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const guest = openGuest({ listeners: [listener], usesSockets: true });
  const dial = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(socket));
    });
  const closed = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const dispose = async (): Promise<void> => {
    guest[Symbol.dispose]();
    await closed;
  };
  return { guest, dial, [Symbol.asyncDispose]: dispose };
};

test("a guest accepts, receives and sends", async () => {
  await using listening = await openListening();
  const { guest, dial } = listening;
  const accepted = guest.wait("sock_accept", LISTENER, 0, AT.result);
  const client = await dial();
  assert.is(await accepted, 0);
  const fd = result(guest);
  client.write("ping");
  vector(guest, 100);
  assert.is(await guest.wait("sock_recv", fd, AT.vectors, 1, 0, AT.result, AT.flags), 0);
  assert.is(guest.text(AT.data, result(guest)), "ping");
  const answer = new Promise<string>((resolve) => client.once("data", (bytes: Buffer) => resolve(bytes.toString())));
  vector(guest, guest.put(AT.data, "pong"));
  assert.is(await guest.wait("fd_write", fd, AT.vectors, 1, AT.result), 0);
  assert.is(await answer, "pong");
  client.end();
  assert.is(await guest.wait("fd_read", fd, AT.vectors, 1, AT.result), 0);
  assert.is(result(guest), 0);
  assert.is(guest.call("fd_close", fd), 0);
});

test("looking at what has come leaves it there", async () => {
  await using listening = await openListening();
  const { guest, dial } = listening;
  const client = await dial();
  assert.is(await guest.wait("sock_accept", LISTENER, 0, AT.result), 0);
  const fd = result(guest);
  client.write("abc");
  vector(guest, 2);
  const peek = 1;
  assert.is(await guest.wait("sock_recv", fd, AT.vectors, 1, peek, AT.result, AT.flags), 0);
  assert.is(guest.text(AT.data, result(guest)), "ab");
  assert.is(await guest.wait("sock_recv", fd, AT.vectors, 1, 0, AT.result, AT.flags), 0);
  assert.is(await guest.wait("sock_recv", fd, AT.vectors, 1, 0, AT.result, AT.flags), 0);
  assert.is(guest.text(AT.data, result(guest)), "c");
  client.destroy();
});

test("what does not block says EAGAIN instead of waiting", async () => {
  await using listening = await openListening();
  const { guest, dial } = listening;
  assert.is(guest.call("fd_fdstat_set_flags", LISTENER, NON_BLOCKING), 0);
  assert.is(await guest.wait("sock_accept", LISTENER, NON_BLOCKING, AT.result), ERRNO.EAGAIN);
  assert.is(guest.call("fd_fdstat_set_flags", LISTENER, 0), 0);
  const client = await dial();
  assert.is(await guest.wait("sock_accept", LISTENER, NON_BLOCKING, AT.result), 0);
  vector(guest, 10);
  assert.is(await guest.wait("sock_recv", result(guest), AT.vectors, 1, 0, AT.result, AT.flags), ERRNO.EAGAIN);
  client.destroy();
});

test("the guest can say that it sends no more", async () => {
  await using listening = await openListening();
  const { guest, dial } = listening;
  const client = await dial();
  assert.is(await guest.wait("sock_accept", LISTENER, 0, AT.result), 0);
  const fd = result(guest);
  const ended = new Promise<void>((resolve) => client.resume().once("end", () => resolve()));
  assert.is(guest.call("sock_shutdown", fd, 2), 0);
  await ended;
  assert.is(await guest.wait("sock_send", fd, AT.vectors, 1, 0, AT.result), ERRNO.EPIPE);
});

test("functions of sockets are refused for what is none", async () => {
  await using listening = await openListening();
  const { guest } = listening;
  assert.is(await guest.wait("sock_accept", 1, 0, AT.result), ERRNO.ENOTSOCK);
  assert.is(await guest.wait("sock_recv", LISTENER, AT.vectors, 1, 0, AT.result, AT.flags), ERRNO.ENOTCONN);
  assert.is(guest.call("sock_shutdown", 0, 2), ERRNO.ENOTSOCK);
});

test("a guest that is to end does not come back from accepting", async () => {
  await using listening = await openListening();
  listening.guest.life.isEnding = true;
  const error = await listening.guest.wait("sock_accept", LISTENER, 0, AT.result).catch((cause: unknown) => cause);
  assert.instance(error, WebAssembly.RuntimeError);
});
