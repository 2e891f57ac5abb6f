// A worker that loads an HTTPS server on loopback twice: to warm it, and to measure it. It tells the requests a second of both.
import { once } from "node:events";
import { connect, type ClientHttp2Session } from "node:http2";
import { Agent, request as httpsRequest } from "node:https";
import { parentPort, workerData } from "node:worker_threads";

/** What to load, and how much. `{n}` in path and body is the number of the request. */
export type Load = {
  readonly url: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly protocol: "h1" | "h2";
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
  readonly requests: number;
  readonly concurrency: number;
};

type Send = (path: string, body: string | undefined) => Promise<void>;

const overH1 = ({ url, tls, method, concurrency }: Load): { send: Send; close: () => void } => {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency, ...tls });
  const send: Send = async (path, body) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const [response] = await once(httpsRequest(`${url}${path}`, { method, agent, headers }).end(body), "response");
    response.resume();
    await once(response, "end");
    if (response.statusCode >= 400) throw new Error(`${method} ${path}: ${response.statusCode}`);
  };
  return { send, close: () => agent.destroy() };
};

const overH2 = async ({ url, tls, method }: Load): Promise<{ send: Send; close: () => void }> => {
  const session: ClientHttp2Session = connect(url, tls);
  await once(session, "connect");
  const send: Send = async (path, body) => {
    const stream = session.request(
      { ":path": path, ":method": method, "content-type": "application/json" },
      { endStream: body === undefined },
    );
    if (body !== undefined) stream.end(body);
    const [headers] = await once(stream, "response");
    stream.resume();
    await once(stream, "end");
    if (headers[":status"] >= 400) throw new Error(`${method} ${path}: ${headers[":status"]}`);
  };
  return { send, close: () => session.close() };
};

/** How many numbers were used: the second load goes on where the first ended. */
let used = 0;

const run = async (load: Load): Promise<number> => {
  const { send, close } = load.protocol === "h1" ? overH1(load) : await overH2(load);
  const at = (text: string, number: number): string => text.replaceAll("{n}", String(number));
  const end = used + load.requests;
  const startedAt = performance.now();
  const lane = async (): Promise<void> => {
    for (let number = used++; number < end; number = used++)
      await send(at(load.path, number), load.body === undefined ? undefined : at(load.body, number));
  };
  await Promise.all(Array.from({ length: load.concurrency }, lane));
  const seconds = (performance.now() - startedAt) / 1000;
  close();
  return load.requests / seconds;
};

if (parentPort !== null) {
  parentPort.postMessage(await run(workerData as Load));
  parentPort.postMessage(await run(workerData as Load));
}
