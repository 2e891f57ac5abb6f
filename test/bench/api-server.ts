// What the API server's core costs over the store in memory: CPU time a request, in microseconds. `node test/bench/api-server.ts [count]`
import type { ApiRequest } from "#lib/api.ts";
import { admin, startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";

const COUNT = Number(process.argv[2] ?? 5_000);
const NODES = 50;
const encoder = new TextEncoder();
const forever = new AbortController().signal;
const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

const inPods = { group: "", version: "v1", resource: "pods", namespace: "default" } as const;
const nameOf = (index: number): string => `web-${index}`;
const podOf = (index: number) =>
  aPod({
    metadata: { name: nameOf(index), labels: { app: "web", tier: "front" } },
    spec: {
      nodeName: `worker-${index % NODES}`,
      containers: [
        { name: "main", image: "web:1", resources: { requests: { cpu: "100m", memory: "64Mi" } }, ports: [{ containerPort: 80 }] },
      ],
    },
  });

const cpuMicros = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Prints what each of `count` requests cost. Throws: when one fails. */
const measure = async (api: TestServer, what: string, requestOf: (index: number) => ApiRequest, count = COUNT): Promise<void> => {
  const requests = Array.from({ length: count }, (_, index) => requestOf(index));
  const before = cpuMicros();
  for (const request of requests) {
    const { code, body } = await api.server.handle(admin, request, forever);
    if (code >= 400) throw new Error(new TextDecoder().decode(body));
  }
  console.log(`${what}: ${((cpuMicros() - before) / count).toFixed(1)}`);
};

const api = await startApiServer();
await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
for (let node = 0; node < NODES; node++) api.watch({ of: "pods", options: { fieldSelector: `spec.nodeName=worker-${node}` } });
api.watch({ of: "pods" });

const status = encode({ status: { phase: "Running", podIP: "10.64.0.1" } });
const list = { ...inPods, verb: "list" } as const;
const one = (index: number) => ({ ...inPods, name: nameOf(index) });
const deletion = encode({ gracePeriodSeconds: 0 });

await measure(api, "create (cold)", (index) => ({ ...inPods, verb: "create", body: encode(podOf(index)) }));
await measure(api, "get", (index) => ({ ...one(index), verb: "get" }));
await measure(api, `list of ${COUNT}`, () => list, 20);
await measure(api, "list of 500 by label", () => ({ ...list, options: { labelSelector: "app=web", limit: 500 } }), 100);
await measure(api, "patch of status", (index) => ({
  ...one(index),
  verb: "patch",
  subresource: "status",
  body: status,
  contentType: "application/strategic-merge-patch+json",
}));
await measure(api, "delete", (index) => ({ ...one(index), verb: "delete", body: deletion }));
await measure(api, "create (warm)", (index) => ({ ...inPods, verb: "create", body: encode(podOf(index)) }));
await api.close();
