import * as assert from "uvu/assert";
import { upstreamsOf } from "#addons/dns/forward.ts";
import { Zone, type Reply, type View } from "#addons/dns/zone.ts";
import type { Service } from "#api/core/v1/service.ts";
import type { EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("dns/zone");
const web: Service = {
  metadata: { namespace: "default", name: "web" },
  spec: { clusterIP: "127.96.0.7", ports: [{ name: "http", port: 80, protocol: "TCP" }] },
};
const db: Service = {
  metadata: { namespace: "default", name: "db" },
  spec: { clusterIP: "None", ports: [{ name: "pg", port: 5432, protocol: "TCP" }] },
};
const away: Service = {
  metadata: { namespace: "default", name: "away" },
  spec: { type: "ExternalName", externalName: "example.com", ports: [] },
};
const slice: EndpointSlice = {
  addressType: "IPv4",
  metadata: { namespace: "default", name: "db-1", labels: { "kubernetes.io/service-name": "db" } },
  ports: [{ name: "pg", port: 5432, protocol: "TCP" }],
  endpoints: [
    { addresses: ["127.64.0.1"], hostname: "db-0", conditions: { ready: true } },
    { addresses: ["127.64.0.2"], conditions: { ready: true } },
    { addresses: ["127.64.0.3"], conditions: { ready: false } },
  ],
};
const all = [web, db, away];
const view: View = {
  service: (namespace, name) => all.find(({ metadata }) => metadata?.namespace === namespace && metadata.name === name),
  slices: (_, name) => (name === "db" ? [slice] : []),
  hasNamespace: (name) => name === "default",
  byAddress: (address) => all.filter(({ spec }) => spec?.clusterIP === address),
  slicesByAddress: (address) => (slice.endpoints?.some(({ addresses }) => addresses.includes(address)) === true ? [slice] : []),
};
const zone = new Zone("cluster.local", view);
const short = (reply: Reply): string => {
  if (reply.kind !== "answers") return reply.kind;
  return reply.answers
    .map((answer) =>
      Object.values(answer)
        .filter((value) => value !== answer.name)
        .join(" "),
    )
    .join(", ");
};

const CASES: readonly (readonly [string, string, string])[] = [
  ["web.default.svc.cluster.local", "A", "A 127.96.0.7"],
  ["WEB.default.svc.cluster.local.", "A", "A 127.96.0.7"],
  ["web.default.svc.cluster.local", "AAAA", ""],
  ["_http._tcp.web.default.svc.cluster.local", "SRV", "SRV web.default.svc.cluster.local 80 100"],
  ["_https._tcp.web.default.svc.cluster.local", "SRV", "no such name"],
  ["db.default.svc.cluster.local", "A", "A 127.64.0.1, A 127.64.0.2"],
  ["db-0.db.default.svc.cluster.local", "A", "A 127.64.0.1"],
  ["127-64-0-2.db.default.svc.cluster.local", "A", "A 127.64.0.2"],
  ["x.web.default.svc.cluster.local", "A", "no such name"],
  [
    "_pg._tcp.db.default.svc.cluster.local",
    "SRV",
    "SRV db-0.db.default.svc.cluster.local 5432 50, SRV 127-64-0-2.db.default.svc.cluster.local 5432 50",
  ],
  ["away.default.svc.cluster.local", "A", "CNAME example.com"],
  ["none.default.svc.cluster.local", "A", "no such name"],
  ["web.other.svc.cluster.local", "A", "no such name"],
  ["default.svc.cluster.local", "A", ""],
  ["svc.cluster.local", "A", ""],
  ["cluster.local", "A", ""],
  ["nothing.cluster.local", "A", "no such name"],
  ["127-64-0-9.default.pod.cluster.local", "A", "A 127.64.0.9"],
  ["nonsense.default.pod.cluster.local", "A", "no such name"],
  ["7.0.96.127.in-addr.arpa", "PTR", "PTR web.default.svc.cluster.local"],
  ["1.0.64.127.in-addr.arpa", "PTR", "PTR db-0.db.default.svc.cluster.local"],
  ["9.9.9.9.in-addr.arpa", "PTR", "not ours"],
  ["dns-version.cluster.local", "TXT", "TXT 1.1.0"],
  ["example.com", "A", "not ours"],
];
for (const [name, type, expected] of CASES) test(`answers ${type} ${name}`, () => assert.is(short(zone.resolve(name, type)), expected));
test("gives the addresses beside a service's SRV records", () => {
  const reply = zone.resolve("_pg._tcp.db.default.svc.cluster.local", "SRV");
  assert.equal(reply.kind === "answers" && reply.additionals.length, 2);
});
test("reads the machine's resolvers, not the cluster's own", () => {
  assert.equal(
    upstreamsOf("nameserver 127.96.0.10\n# nameserver 1.1.1.1\nsearch x\nnameserver 192.0.2.53\nnameserver ::1\n", ["127.96.0.10"]),
    ["192.0.2.53"],
  );
});
