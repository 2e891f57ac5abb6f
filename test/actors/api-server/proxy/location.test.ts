import * as assert from "uvu/assert";
import { parseProxyName, podLocation, serviceLocation, within } from "#actors/api-server/proxy/location.ts";
import { isReason } from "#api/meta/status.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/proxy/location");
const pod = {
  spec: { containers: [{ name: "a" }, { name: "b", ports: [{ containerPort: 8080 }] }] },
  status: { podIP: "10.64.0.7" },
};

test("reads a name with a scheme and a port", () => {
  assert.equal(parseProxyName("pod", "web"), { scheme: "http", name: "web", port: "" });
  assert.equal(parseProxyName("pod", "web:80"), { scheme: "http", name: "web", port: "80" });
  assert.equal(parseProxyName("service", "https:web:main"), { scheme: "https", name: "web", port: "main" });
  assert.equal(parseProxyName("service", "https:web:"), { scheme: "https", name: "web", port: "" });
  for (const id of ["", ":80", "ftp:web:1", "http:web:80:1"]) {
    assert.throws(
      () => parseProxyName("service", id),
      (error: unknown) => isReason(error, "BadRequest"),
      id,
    );
  }
});

test("finds a pod by its address and the port that is asked for, else its first", () => {
  assert.equal(podLocation(parseProxyName("pod", "web"), pod), { scheme: "http", host: "10.64.0.7", port: 8080 });
  assert.equal(podLocation(parseProxyName("pod", "https:web:81"), pod), { scheme: "https", host: "10.64.0.7", port: 81 });
  assert.is(podLocation(parseProxyName("pod", "web"), { ...pod, spec: { containers: [{ name: "a" }] } }).port, 80);
  assert.throws(
    () => podLocation(parseProxyName("pod", "web:x"), pod),
    (error: unknown) => isReason(error, "BadRequest"),
  );
  assert.throws(
    () => podLocation(parseProxyName("pod", "web"), { ...pod, status: {} }),
    (error: unknown) => isReason(error, "ServiceUnavailable"),
  );
});

const service = {
  spec: {
    ports: [
      { name: "main", port: 80 },
      { name: "side", port: 81 },
    ],
  },
};
const endpoints = {
  subsets: [
    { ports: [{ name: "main", port: 8080 }], addresses: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }], notReadyAddresses: [{ ip: "10.0.0.9" }] },
    { ports: [{ name: "side", port: 9090 }], addresses: [{ ip: "10.0.0.3" }, { ip: "10.0.0.4" }] },
  ],
};
const isPod = ({ ip }: { readonly ip: string }) => ip !== "10.0.0.4";
const locate = (id: string, chance = 0) => serviceLocation(parseProxyName("service", id), { service, endpoints, isPod, chance });

test("draws one of a Service's ready endpoints, by the port's name or number", () => {
  assert.equal(locate("web:80"), { scheme: "http", host: "10.0.0.1", port: 8080 });
  assert.is(locate("web:main", 0.99).host, "10.0.0.2");
  assert.equal(locate("https:web:side", 0.99), { scheme: "https", host: "10.0.0.3", port: 9090 });
});

test("says what a Service lacks", () => {
  const why = (id: string): string => {
    try {
      return locate(id).host;
    } catch (error) {
      return (error as Error).message;
    }
  };
  assert.is(why("web:82"), 'no service port 82 found for service "web"');
  assert.is(why("web"), 'no endpoints available for service "web"');
});

test("sends nobody to this machine, however it is written", () => {
  const network = { ranges: ["127.64.0.0/12"], mayBindLow: true };
  const to = (host: string) => within(network, { scheme: "http", host, port: 80 }).host;
  assert.equal([to("127.64.0.1"), to("10.0.0.1"), to("fd00::1")], ["127.64.0.1", "10.0.0.1", "fd00::1"]);
  const local = [
    "127.0.0.1",
    "::1",
    "::ffff:127.0.0.1",
    "169.254.169.254",
    "fe80::1",
    "0.0.0.0",
    "localhost",
    "0x7f.1",
    "127.1",
    "fe80::1%lo",
  ];
  for (const host of local) assert.throws(() => to(host), /^address not allowed$/, host);
});
