// Listening for a guest that accepts by itself. Apart, so that a thread without such guests does not load Node's network.
import { createServer } from "node:net";
import { Listener } from "#runtime/wasi/preview1/connections.ts";

/** Listens on a TCP port. Rejects: the operating system's error. */
export const listenOn = (host: string, port: number): Promise<Listener> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    const listener = new Listener(server);
    server.once("error", reject);
    server.listen({ host, port }, () => resolve(listener));
  });
