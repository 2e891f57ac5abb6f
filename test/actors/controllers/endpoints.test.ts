import * as assert from "uvu/assert";
import { decide, type Observed } from "#actors/controllers/endpoints/decide.ts";
import type { Endpoints } from "#api/core/v1/endpoints.ts";
import type { Service } from "#api/core/v1/service.ts";
import { aPod, aService, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/endpoints");
const HTTP = { name: "http", port: 80, targetPort: "http", protocol: "TCP" };
const METRICS = { name: "metrics", port: 9000, protocol: "TCP" };
const service = (spec: Service["spec"] = {}) =>
  stored(
    aService({
      metadata: { name: "web", labels: { team: "a" } },
      spec: { clusterIP: "10.96.0.7", selector: { app: "web" }, ports: [HTTP, METRICS], ...spec },
    }),
  );
type PodParts = { readonly ready?: boolean; readonly port?: number; readonly deletionTimestamp?: string; readonly phase?: string };
const pod = (index: number, { ready = true, port = 8080, phase = "Running", ...metadata }: PodParts = {}) =>
  stored(
    aPod({
      metadata: { name: `p${index}`, labels: { app: "web" }, ...metadata },
      spec: { nodeName: "n", containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: port }] }] },
      status: {
        phase,
        podIP: `10.64.${Math.floor(index / 250)}.${(index % 250) + 1}`,
        conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      },
    }),
    { uid: `uid-${index}` },
  );
const range = (from: number, to: number, parts: PodParts = {}) => Array.from({ length: to - from }, (_, index) => pod(from + index, parts));
const written = (parts: Partial<Observed>): Endpoints => {
  const [action] = decide({ service: service(), pods: [], endpoints: undefined, ...parts });
  if (action === undefined || action.do === "delete") throw new Error("nothing is written");
  return action.endpoints;
};
const ips = (addresses: readonly { readonly ip: string }[] | undefined) => addresses?.map(({ ip }) => ip);
const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const sizes = ({ subsets = [] }: Endpoints) =>
  subsets.map(({ addresses = [], notReadyAddresses = [] }) => [addresses.length, notReadyAddresses.length]);

test("lists ready and other pods by address, under all ports that they share", () => {
  const { metadata, subsets = [] } = written({ pods: [pod(10), pod(2), pod(3, { ready: false })] });
  assert.equal(metadata, {
    name: "web",
    namespace: "default",
    labels: { team: "a", "endpoints.kubernetes.io/managed-by": "endpoint-controller" },
    annotations: {},
  });
  assert.is(subsets.length, 1);
  assert.equal(ips(subsets[0]?.addresses), ["10.64.0.3", "10.64.0.11"]);
  assert.equal(subsets[0]?.notReadyAddresses, [
    { ip: "10.64.0.4", nodeName: "n", targetRef: { kind: "Pod", namespace: "default", name: "p3", uid: "uid-3" } },
  ]);
  assert.equal(subsets[0]?.ports, [
    { name: "http", port: 8080, protocol: "TCP" },
    { name: "metrics", port: 9000, protocol: "TCP" },
  ]);
});
test("keeps different ports behind one name in subsets of their own", () => {
  const { subsets = [] } = written({ pods: [pod(1), pod(2, { port: 9090 })] });
  const counts = subsets.map(({ addresses, ports }) => `${ips(addresses)?.length} at ${ports?.map(({ port }) => port).join()}`);
  assert.equal(counts.toSorted(byText), ["1 at 8080", "1 at 9090", "2 at 9000"]);
});
test("leaves out pods that have ended or are being deleted", () => {
  const dying = pod(2, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.equal(written({ pods: [pod(1, { phase: "Failed" }), dying] }).subsets, []);
  assert.equal(sizes(written({ service: service({ publishNotReadyAddresses: true }), pods: [dying, pod(3, { ready: false })] })), [[2, 0]]);
});
test("lists pods of a headless service without ports, and says that it is headless", () => {
  const { metadata, subsets } = written({ service: service({ clusterIP: "None", ports: [] }), pods: [pod(1)] });
  assert.is(metadata?.labels?.["service.kubernetes.io/headless"], "");
  assert.equal(Object.keys(subsets?.[0] ?? {}), ["addresses"]);
});
test("writes nothing when nothing changed, whatever the order of pods", () => {
  const endpoints = stored(written({ pods: range(0, 20) }));
  assert.equal(decide({ service: service(), pods: range(0, 20).toReversed(), endpoints }), []);
  assert.is(decide({ service: service(), pods: range(0, 19), endpoints })[0]?.do, "update");
});
test("holds a thousand addresses, ready ones first, and says when there are more", () => {
  const mark = "endpoints.kubernetes.io/over-capacity";
  const few = written({ pods: [...range(0, 900), ...range(900, 1200, { ready: false })] });
  assert.equal(sizes(few), [[900, 100]]);
  assert.is(few.metadata?.annotations?.[mark], "truncated");
  const endpoints = stored(written({ pods: [...range(0, 1100), ...range(1100, 1200, { ready: false })] }));
  assert.equal(sizes(endpoints), [[1000, 0]]);
  assert.is(written({ pods: range(0, 5), endpoints }).metadata?.annotations?.[mark], undefined);
});
test("shares the thousand between subsets in proportion", () => {
  const pods = [...range(0, 1000), ...range(1000, 1500, { port: 9090 })];
  assert.equal(sizes(written({ service: service({ ports: [HTTP] }), pods })), [
    [667, 0],
    [333, 0],
  ]);
});
test("deletes what has lost its service, and leaves services without selector alone", () => {
  const endpoints = stored(written({ pods: [pod(1)] }));
  assert.equal(decide({ service: undefined, pods: [], endpoints }), [{ do: "delete", endpoints }]);
  assert.equal(decide({ service: undefined, pods: [], endpoints: undefined }), []);
  assert.equal(decide({ service: service({ selector: undefined }), pods: [], endpoints }), []);
  assert.equal(decide({ service: service({ type: "ExternalName" }), pods: [], endpoints }), []);
});
