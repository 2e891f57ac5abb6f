// Load for an HTTP server, from a thread of its own: on each of some connections one request after the other, counted by the
// bytes that come back, so that what it costs hardly shows. Run by a worker; answers how many requests a second were answered.
import { connect } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

/** What to ask, how often. */
export type HttpLoad = {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly forMs: number;
};

const HEAD_END = "\r\n\r\n";

// How long one answer is: its head and what its length says.
const lengthOf = (answer: Buffer): number => {
  const end = answer.indexOf(HEAD_END);
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.toString("latin1", 0, end))?.[1];
  if (end === -1 || length === undefined) throw new Error(`an answer without a length: ${answer.toString("latin1")}`);
  return end + HEAD_END.length + Number(length);
};

const run = async ({ host, port, path, connections, forMs }: HttpLoad): Promise<number> => {
  const request = `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
  let answered = 0;
  let isOver = false;
  const open = (): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ host, port, noDelay: true });
    let left = 0;
    socket.on("connect", () => socket.write(request));
    socket.on("data", (bytes: Buffer) => {
      left = (left === 0 ? lengthOf(bytes) : left) - bytes.length;
      if (left > 0) return;
      answered++;
      if (isOver) socket.destroy();
      else socket.write(request);
    });
    socket.on("error", reject);
    socket.on("close", () => resolve());
    return promise;
  };
  const startedAt = performance.now();
  setTimeout(() => (isOver = true), forMs);
  await Promise.all(Array.from({ length: connections }, open));
  return (answered * 1000) / (performance.now() - startedAt);
};

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
parentPort?.postMessage(await run(workerData as HttpLoad));
