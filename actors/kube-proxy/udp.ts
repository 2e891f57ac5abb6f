// A UDP listener on a Service's address: each client has a socket of its own towards its backend until it has been silent
// for a while, so that answers find their way back.
import { createSocket, type Socket } from "node:dgram";
import type { Clock, TimerId } from "#lib/clock.ts";
import type { Listening, Open } from "./tcp.ts";

const IDLE_MS = 10_000;

type Session = { readonly socket: Socket; readonly port: number; readonly address: string; timer: TimerId };

class Sessions {
  readonly #byClient = new Map<string, Session>();
  readonly #options: Listening;
  readonly #clock: Clock;
  readonly #front: Socket;
  constructor(front: Socket, options: Listening, clock: Clock) {
    this.#front = front;
    this.#options = options;
    this.#clock = clock;
  }

  forward(message: Buffer, client: { readonly address: string; readonly port: number }): void {
    const key = `${client.address}:${client.port}`;
    const session = this.#byClient.get(key) ?? this.#open(key, client);
    if (session === undefined) return;
    this.#clock.clearTimeout(session.timer);
    session.timer = this.#clock.setTimeout(() => this.#drop(key), IDLE_MS);
    session.socket.send(message, session.port, session.address, () => undefined);
  }

  close(): void {
    for (const key of this.#byClient.keys()) this.#drop(key);
  }

  #open(key: string, client: { readonly address: string; readonly port: number }): Session | undefined {
    const { balancer, now, realPort } = this.#options;
    const [backend] = balancer.order(client.address, now());
    if (backend === undefined) return undefined;
    balancer.connected(client.address, backend, now());
    const socket = createSocket("udp4");
    socket.on("message", (answer) => this.#front.send(answer, client.port, client.address, () => undefined));
    socket.on("error", () => this.#drop(key));
    const session: Session = { socket, port: realPort(backend.port), address: backend.address, timer: undefined };
    this.#byClient.set(key, session);
    return session;
  }

  #drop(key: string): void {
    const session = this.#byClient.get(key);
    if (session === undefined) return;
    this.#byClient.delete(key);
    this.#clock.clearTimeout(session.timer);
    session.socket.close();
  }
}

/** Opens a UDP listener. Throws: when the address cannot be bound. */
export const openUdp = async (options: Listening, clock: Clock): Promise<Open> => {
  const front = createSocket({ type: "udp4", reusePort: process.platform === "linux" });
  const sessions = new Sessions(front, options, clock);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  front.once("error", reject);
  front.bind({ address: options.address, port: options.realPort(options.port) }, () => {
    front.off("error", reject);
    front.on("error", () => undefined);
    resolve();
  });
  front.on("message", (message, client) => sessions.forward(message, client));
  await promise;
  return {
    close: () => {
      const closed = Promise.withResolvers<void>();
      sessions.close();
      front.close(() => closed.resolve());
      return closed.promise;
    },
  };
};
