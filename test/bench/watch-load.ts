// A worker that watches over HTTPS, many times at once, and tells for each change when the last watch has seen it.
import { once } from "node:events";
import { connect } from "node:http2";
import { parentPort, workerData } from "node:worker_threads";

/** How many watches of a path, and with which identity. */
export type WatchLoad = {
  readonly url: string;
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  readonly path: string;
  readonly watches: number;
};

/** As many streams as a connection may have. */
const PER_CONNECTION = 250;
const NEWLINE = 0x0a;

const { url, tls, path, watches } = workerData as WatchLoad;
let seen = 0;

const lines = (chunk: Buffer): number => {
  let count = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count++;
  return count;
};

const watch = async (count: number): Promise<void> => {
  const session = connect(url, tls);
  await once(session, "connect");
  const streams = Array.from({ length: count }, () => session.request({ ":path": path }));
  await Promise.all(streams.map((stream) => once(stream, "response")));
  for (const stream of streams) {
    stream.on("data", (chunk: Buffer) => {
      const before = Math.floor(seen / watches);
      seen += lines(chunk);
      const after = Math.floor(seen / watches);
      if (after > before) parentPort?.postMessage(performance.timeOrigin + performance.now());
    });
  }
};

await Promise.all(
  Array.from({ length: Math.ceil(watches / PER_CONNECTION) }, (_, index) =>
    watch(Math.min(PER_CONNECTION, watches - index * PER_CONNECTION)),
  ),
);
parentPort?.postMessage("watching");
