import * as assert from "uvu/assert";
import { containsCidr, containsIp, hostPort, isGlobalUnicast, parseCidr, parseIp, unmapped } from "#api/meta/ip.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api/meta/ip");

const isGlobal = (text: string): boolean => {
  const ip = parseIp(text);
  return ip !== undefined && isGlobalUnicast(ip);
};

test("tells hosts' own addresses from those that lead nowhere, or to the machine itself", () => {
  for (const text of ["10.0.0.1", "192.168.1.1", "8.8.8.8", "fd00::1", "2001:db8::1", "::ffff:10.0.0.1"]) assert.ok(isGlobal(text), text);
  for (const text of [
    "0.0.0.0",
    "127.0.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "ff02::1",
    "::ffff:127.0.0.1",
  ])
    assert.not(isGlobal(text), text);
});

test("takes an IPv4 address in the clothes of IPv6 for what it is", () => {
  const of = (text: string) => unmapped(parseIp(text) ?? { family: 4, bytes: [] });
  assert.equal(of("::ffff:1.2.3.4"), { family: 4, bytes: [1, 2, 3, 4] });
  assert.is(of("::1").family, 6);
});

test("knows what lies in a network", () => {
  const within = (network: string, inner: string): boolean => {
    const [outer, cidr, ip] = [parseCidr(network), parseCidr(inner), parseIp(inner)];
    if (outer === undefined) throw new Error(network);
    return cidr === undefined ? ip !== undefined && containsIp(outer, ip) : containsCidr(outer, cidr);
  };
  for (const [network, inner] of [
    ["10.96.0.0/12", "10.111.255.255"],
    ["10.96.0.0/12", "10.96.0.0/12"],
    ["10.96.0.0/12", "10.97.0.0/30"],
    ["0.0.0.0/0", "1.2.3.4"],
    ["fd00::/9", "fd00::1/112"],
  ] as const)
    assert.ok(within(network, inner), `${network} ${inner}`);
  for (const [network, inner] of [
    ["10.96.0.0/12", "10.112.0.0"],
    ["10.96.0.0/12", "10.96.0.0/11"],
    ["0.0.0.0/0", "::1"],
    ["fd00::/9", "fc00::1"],
  ] as const)
    assert.not(within(network, inner), `${network} ${inner}`);
});

test("an address of version 6 stands in brackets", () => assert.is(hostPort({ host: "fd00::1", port: 443 }), "[fd00::1]:443"));
