// A proxy on the loopback, for tests of what a network does: cut, refuse, or silently swallow.
import { connect, createServer, type Server, type Socket } from "node:net";

/** Forwards connections to a port of the loopback. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #refuses = false;

  constructor(server: Server, port: number) {
    this.#server = server;
    server.on("connection", (near) => {
      if (this.#refuses) near.destroy();
      else this.#join(near, connect(port, "127.0.0.1"));
    });
  }

  get address(): string {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? `127.0.0.1:${address.port}` : "";
  }

  /** Cuts every connection, and refuses new ones until `restore`. */
  cut(): void {
    this.#refuses = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Passes nothing on, as a network that lost its route. */
  swallow(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  restore(): void {
    this.#refuses = false;
    for (const socket of this.#sockets) socket.resume();
  }

  #join(near: Socket, far: Socket): void {
    const pairs = [
      [near, far],
      [far, near],
    ] as const;
    for (const [socket, other] of pairs) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Starts a proxy in front of `port`. */
export const startProxy = async (port: number): Promise<TcpProxy> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return new TcpProxy(server, port);
};
