// LIST of 10,000 pods over HTTPS, beside a bare Node server that sends the same bytes. No scheduler looks at the pods, so
// nothing runs them.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pods } from "#api/core/v1/pod.ts";
import type { Client } from "#lib/client.ts";
import { withCluster, type BenchCluster } from "./cluster.ts";
import { median, type Figures } from "./figures.ts";

const COUNT = 10_000;
const IN_FLIGHT = 32;
const ROUNDS = 11;
const PATH = "/api/v1/namespaces/default/pods?labelSelector=app%3Dbench";

const createPods = async (client: Client): Promise<void> => {
  const names = Array.from({ length: COUNT }, (_, index) => `bench-${index}`);
  const lane = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      // oxlint-disable-next-line no-await-in-loop -- a lane
      await client.create(pods, {
        metadata: { name, namespace: "default", labels: { app: "bench" } },
        spec: { schedulerName: "nobody", containers: [{ name: "main", image: "orrery.dev/examples/hello:v1" }] },
      });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
};

type Get = (url: string) => Promise<{ readonly body: Buffer; readonly tookMs: number }>;

const getter = ({ layout }: BenchCluster): { readonly get: Get; readonly close: () => void } => {
  const pem = (name: string): Buffer => readFileSync(join(layout.pki, name));
  const agent = new Agent({ keepAlive: true, ca: pem("ca.crt"), cert: pem("admin.crt"), key: pem("admin.key") });
  const get: Get = async (url) => {
    const startedAt = performance.now();
    const [response] = (await once(request(url, { agent }).end(), "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return { body: Buffer.concat(chunks), tookMs: performance.now() - startedAt };
  };
  return { get, close: () => agent.destroy() };
};

const startBare = async ({ layout }: BenchCluster, answer: Buffer) => {
  const pem = (name: string): Buffer => readFileSync(join(layout.pki, name));
  const headers = { "content-type": "application/json", "content-length": answer.length };
  const server = createServer({ cert: pem("apiserver.crt"), key: pem("apiserver.key") }, (_, response) =>
    response.writeHead(200, headers).end(answer),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

/** Lists from both servers in turns. */
export const run = (): Promise<Figures> =>
  withCluster(async (cluster, client) => {
    await createPods(client);
    const { get, close } = getter(cluster);
    const { body } = await get(`${cluster.server}${PATH}`);
    const bare = await startBare(cluster, body);
    const tookMs: { readonly ours: number[]; readonly theirs: number[] } = { ours: [], theirs: [] };
    for (let round = 0; round < ROUNDS; round++) {
      // oxlint-disable-next-line no-await-in-loop -- in turns
      tookMs.theirs.push((await get(bare.url)).tookMs);
      // oxlint-disable-next-line no-await-in-loop -- in turns
      tookMs.ours.push((await get(`${cluster.server}${PATH}`)).tookMs);
    }
    close();
    bare.close();
    const speed = (ms: number): number => body.length / 1e3 / ms;
    const [ours, theirs] = [median(tookMs.ours), median(tookMs.theirs)];
    const what = `LIST of ${COUNT} pods, ${(body.length / 1e6).toFixed(1)} MB`;
    return [
      {
        what: `${what}, speed`,
        value: speed(ours),
        unit: "MB/s",
        beside: { what: "bare Node", value: speed(theirs) },
        mark: { atLeast: 0.8 },
      },
      { what: `${what}, time`, value: ours, unit: "ms" },
    ];
  });
