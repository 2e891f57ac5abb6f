import * as assert from "uvu/assert";
import type { ProbeIo } from "#actors/kubelet/probe/io.ts";
import { throughCluster } from "#bin/run/cluster-probes.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("bin/run/cluster-probes");
const { signal } = new AbortController();

test("asks pods at their real ports, and others where they are", async () => {
  const asked: string[] = [];
  const io: ProbeIo = {
    http: async ({ host, port }) => {
      asked.push(`http ${host} ${port}`);
      return { status: 200, body: "" };
    },
    tcp: async (host, port) => void asked.push(`tcp ${host} ${port}`),
    grpc: async (host, port) => {
      asked.push(`grpc ${host} ${port}`);
      return "SERVING";
    },
  };
  const through = throughCluster(io, { ranges: ["127.64.0.0/12"], mayBindLow: false });
  await through.http({ scheme: "http", host: "127.64.0.9", port: 80, path: "/", headers: [] }, signal);
  await through.tcp("127.64.0.9", 8080, signal);
  await through.grpc("192.0.2.1", 443, "", signal);
  assert.equal(asked, ["http 127.64.0.9 10080", "tcp 127.64.0.9 8080", "grpc 192.0.2.1 443"]);
});
