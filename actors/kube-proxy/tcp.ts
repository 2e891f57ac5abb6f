// A TCP listener on a Service's address. Several node processes of one machine listen on the same address (SO_REUSEPORT),
// and the kernel shares the connections out among them.
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Balancer } from "./balancer.ts";
import type { Backend } from "./decide.ts";

/** How a listener is opened. `realPort` maps a cluster port to the one that may be bound. */
export type Listening = {
  readonly address: string;
  readonly port: number;
  readonly balancer: Balancer;
  readonly now: () => number;
  readonly realPort: (port: number) => number;
};

/** An open listener. */
export type Open = { close(): Promise<void> };

const CONNECT_MS = 1_000;

const dial = async (backend: Backend, realPort: (port: number) => number): Promise<Socket> => {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host: backend.address, port: realPort(backend.port), allowHalfOpen: true });
  socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error("connect timed out")));
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.setTimeout(0);
    socket.off("error", reject);
    resolve(socket);
  });
  return promise;
};

const dialFirst = async (
  backends: readonly Backend[],
  realPort: (port: number) => number,
): Promise<{ readonly socket: Socket; readonly backend: Backend } | undefined> => {
  for (const backend of backends) {
    // the next is tried only when this one refuses
    const socket = await dial(backend, realPort).catch(() => undefined);
    if (socket !== undefined) return { socket, backend };
  }
  return undefined;
};

const join = (client: Socket, backend: Socket): void => {
  client.on("error", () => backend.destroy());
  backend.on("error", () => client.destroy());
  client.on("close", () => backend.destroy());
  backend.on("close", () => client.destroy());
  client.pipe(backend);
  backend.pipe(client);
};

const serve = async (client: Socket, { balancer, now, realPort }: Listening): Promise<void> => {
  client.on("error", () => client.destroy());
  const from = client.remoteAddress ?? "";
  const found = await dialFirst(balancer.order(from, now()), realPort);
  if (found === undefined || client.destroyed) {
    found?.socket.destroy();
    client.resetAndDestroy();
    return;
  }
  balancer.connected(from, found.backend, now());
  client.setNoDelay(true);
  found.socket.setNoDelay(true);
  join(client, found.socket);
};

const listening = (server: Server, address: string, port: number): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ host: address, port, reusePort: process.platform === "linux" }, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
};

/** Opens a TCP listener. Throws: when the address cannot be bound. */
export const openTcp = async (options: Listening): Promise<Open> => {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    sockets.add(client);
    client.once("close", () => sockets.delete(client));
    void serve(client, options);
  });
  await listening(server, options.address, options.realPort(options.port));
  return {
    close: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
      return promise;
    },
  };
};
