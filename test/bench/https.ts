// What the HTTPS door costs: gets and creates a second on the whole API server with the store in memory, beside a bare Node
// server that parses and echoes the same bodies. The load comes from a worker, so that server and client each have a core.
// Where others work on the machine too, the CPU time of the serving thread says more than requests a second.
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import type { Figure, Figures } from "./figures.ts";
import type { Load } from "./https-load.ts";

/** What a server that does nothing but answer may be ahead by, at most. */
const MARKS = { GET: { atLeast: 0.6 }, POST: { atLeast: 0.35 } };

const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const bodyOf = (prefix: string): string =>
  JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: `${prefix}{n}` }, data: { key: "v".repeat(800) } });

type Measured = { readonly perSecond: number; readonly cpuMicros: number };

const measure = async (load: Load): Promise<Measured> => {
  const worker = new Worker(new URL("https-load.ts", import.meta.url), { workerData: load });
  await once(worker, "message"); // warm
  const before = process.threadCpuUsage();
  const [perSecond] = (await once(worker, "message")) as [number];
  const { user, system } = process.threadCpuUsage(before);
  await worker.terminate();
  return { perSecond, cpuMicros: (user + system) / load.requests };
};

type Dev = Awaited<ReturnType<typeof startDevServer>>;

/** A server that parses a request's body and echoes it, or answers `kept` when there is none. */
const startBare = async ({ cert, key }: Dev["serving"], kept: Buffer) => {
  const server = createSecureServer({ allowHTTP1: true, cert, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as unknown as IncomingMessage) chunks.push(chunk as Buffer);
    const answer = chunks.length === 0 ? kept : Buffer.from(JSON.stringify(JSON.parse(Buffer.concat(chunks).toString())));
    const headers = { "content-type": "application/json", "content-length": answer.length };
    (response as unknown as ServerResponse).writeHead(200, headers).end(answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
};

const tlsOf = ({ access }: Dev): Load["tls"] => ({
  ca: access.certificateAuthority,
  cert: access.client.certificate,
  key: access.client.key,
});

const beside = async (what: string, load: Load, bareUrl: string): Promise<Figures> => {
  const bare = await measure({ ...load, url: bareUrl });
  const own = await measure(load);
  const { atLeast } = MARKS[load.method];
  return [
    { what, value: own.perSecond, unit: "/s", beside: { what: "bare Node", value: bare.perSecond }, mark: { atLeast } },
    {
      what: `${what}, CPU`,
      value: own.cpuMicros,
      unit: "µs",
      beside: { what: "bare Node", value: bare.cpuMicros },
      mark: { atMost: 1 / atLeast },
    },
  ];
};

/** Measures gets and creates over both protocols. */
export const run = async ({ requests = 5_000, concurrency = 16 } = {}): Promise<Figures> => {
  const dev = await startDevServer();
  const tls = tlsOf(dev);
  const figures: Figure[] = [];
  for (const protocol of ["h1", "h2"] as const) {
    const of = { tls, protocol, concurrency, url: dev.access.server };
    await measure({ ...of, method: "POST", path: CONFIG_MAPS, body: bodyOf(`seed-${protocol}-`), requests: 1 });
    const create = { ...of, method: "POST", path: CONFIG_MAPS, body: bodyOf(`created-${protocol}-`), requests } as const;
    const get = { ...of, method: "GET", path: `${CONFIG_MAPS}/seed-${protocol}-0`, requests } as const;
    const bare = await startBare(dev.serving, Buffer.from(bodyOf("seed-").replace("{n}", "0")));
    figures.push(...(await beside(`${protocol} get`, get, bare.url)), ...(await beside(`${protocol} create`, create, bare.url)));
    bare.close();
  }
  await dev.stop();
  return figures;
};
