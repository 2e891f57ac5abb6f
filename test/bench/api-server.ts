// What the API server's core costs over the store in memory: CPU time a request, in microseconds.
import type { ApiRequest } from "#lib/api.ts";
import { admin, startApiServer, type TestServer } from "#test/support/api-server.ts";
import { aPod } from "#test/support/objects.ts";
import type { Figure, Figures } from "./figures.ts";

const COUNT = 5_000;
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

type Load = { readonly what: string; readonly of: (index: number) => ApiRequest; readonly count?: number };

/** What each request cost. Throws: when one fails. */
const measure = async (api: TestServer, { what, of: requestOf, count = COUNT }: Load): Promise<Figure> => {
  const requests = Array.from({ length: count }, (_, index) => requestOf(index));
  const before = cpuMicros();
  for (const request of requests) {
    const { code, body } = await api.server.handle(admin, request, forever);
    if (code >= 400) throw new Error(new TextDecoder().decode(body));
  }
  return { what, value: (cpuMicros() - before) / count, unit: "µs of CPU" };
};

const status = encode({ status: { phase: "Running", podIP: "10.64.0.1" } });
const list = { ...inPods, verb: "list" } as const;
const one = (index: number) => ({ ...inPods, name: nameOf(index) });
const deletion = encode({ gracePeriodSeconds: 0 });
const create = (index: number): ApiRequest => ({ ...inPods, verb: "create", body: encode(podOf(index)) });
const patchStatus = (index: number): ApiRequest => ({
  ...one(index),
  verb: "patch",
  subresource: "status",
  body: status,
  contentType: "application/strategic-merge-patch+json",
});

const LOADS: readonly Load[] = [
  { what: "create (cold)", of: create },
  { what: "get", of: (index) => ({ ...one(index), verb: "get" }) },
  { what: `list of ${COUNT}`, of: () => list, count: 20 },
  { what: "list of 500 by label", of: () => ({ ...list, options: { labelSelector: "app=web", limit: 500 } }), count: 100 },
  { what: "patch of status", of: patchStatus },
  { what: "delete", of: (index) => ({ ...one(index), verb: "delete", body: deletion }) },
  { what: "create (warm)", of: create },
];

/** Measures requests beside 51 watches of pods. */
export const run = async (): Promise<Figures> => {
  const api = await startApiServer();
  await api.must({ verb: "create", of: "serviceaccounts", namespace: "default", body: { metadata: { name: "default" } } });
  for (let node = 0; node < NODES; node++) api.watch({ of: "pods", options: { fieldSelector: `spec.nodeName=worker-${node}` } });
  api.watch({ of: "pods" });
  const figures: Figure[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one after the other: each finds what the one before it left
  for (const load of LOADS) figures.push(await measure(api, load));
  await api.close();
  return figures;
};
