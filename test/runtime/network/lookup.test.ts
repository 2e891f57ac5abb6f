import { createSocket } from "node:dgram";
import { once } from "node:events";
import dns2 from "dns2";
import * as assert from "uvu/assert";
import { Names } from "#runtime/network/lookup.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/network/lookup");

// A name server on a loopback address, at the port that pods without privilege find it at.
const PORT = 10_053;
const serve = async (address: string, records: Readonly<Record<string, string>>) => {
  const asked: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (bytes, { port, address: from }) => {
    const request = dns2.Packet.parse(bytes);
    const response = dns2.Packet.createResponseFromRequest(request);
    const [question] = request.questions;
    const name = question?.name ?? "";
    if (question?.type === dns2.Packet.TYPE.A) asked.push(name);
    const found = records[name];
    if (found === undefined) response.header.rcode = 3;
    else if (question?.type === dns2.Packet.TYPE.A)
      response.answers.push({
        name,
        type: dns2.Packet.TYPE.A,
        class: dns2.Packet.CLASS.IN,
        ttl: 5,
        address: found,
      } as (typeof response.answers)[number]);
    socket.send(response.toBuffer(), port, from);
  });
  socket.bind(PORT, address);
  await once(socket, "listening");
  return { asked, [Symbol.dispose]: () => void socket.close() };
};
const namesOf = (nameserver: string) =>
  new Names(
    [
      { path: "etc/hosts", text: "127.0.0.1\tlocalhost\n127.64.0.1\tpod\n" },
      { path: "etc/resolv.conf", text: `search ns.svc.cluster.local cluster.local\nnameserver ${nameserver}\noptions ndots:5\n` },
    ],
    { ranges: ["127.96.0.0/16"], mayBindLow: false, address: "127.64.0.1", isHost: false },
  );

test("takes addresses as they are and names of the hosts file from there", async () => {
  const names = namesOf("127.96.77.1");
  assert.equal(await names.addresses("10.0.0.1"), ["10.0.0.1"]);
  assert.equal(await names.addresses("[2001:db8::1]"), ["2001:db8::1"]);
  assert.equal(await names.addresses("LOCALHOST"), ["127.0.0.1"]);
});
test("asks the name server for each name of the search list", async () => {
  using server = await serve("127.96.77.2", { "web.ns.svc.cluster.local": "127.96.0.7", "far.example": "192.0.2.1" });
  const names = namesOf("127.96.77.2");
  assert.equal(await names.addresses("web"), ["127.96.0.7"]);
  assert.equal(server.asked, ["web.ns.svc.cluster.local"]);
  assert.equal(await names.addresses("far.example"), ["192.0.2.1"]);
  assert.equal(server.asked.slice(1), ["far.example.ns.svc.cluster.local", "far.example.cluster.local", "far.example"]);
});
test("says that there is no such host", async () => {
  using server = await serve("127.96.77.3", {});
  const error = await namesOf("127.96.77.3")
    .addresses("nobody")
    .catch((thrown: unknown) => thrown);
  assert.is((error as Error).message, "lookup nobody: no such host");
  assert.is(server.asked.at(-1), "nobody");
});
