// A proxy on the loopback, for tests of what a network does: cut, refuse, or silently swallow.
import { connect, createServer, type Server, type Socket } from "node:net";

/** Forwards connections to a port of the loopback. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #near = new Set<Socket>();
  readonly #far = new Set<Socket>();
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
    for (const socket of this.#near) socket.destroy();
  }

  /** Passes nothing on, as a network that lost its route. */
  swallow(): void {
    for (const socket of this.#near) socket.pause();
    this.swallowAnswers();
  }

  /** Passes on what is asked, but no answer. */
  swallowAnswers(): void {
    for (const socket of this.#far) socket.pause();
  }

  restore(): void {
    this.#refuses = false;
    for (const socket of [...this.#near, ...this.#far]) socket.resume();
  }

  #join(near: Socket, far: Socket): void {
    this.#near.add(near);
    this.#far.add(far);
    for (const socket of [near, far]) {
      socket.on("error", () => this.#part(near, far));
      socket.on("close", () => this.#part(near, far));
    }
    near.pipe(far);
    far.pipe(near);
  }

  #part(near: Socket, far: Socket): void {
    this.#near.delete(near);
    this.#far.delete(far);
    near.destroy();
    far.destroy();
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
