// A real nats-server for a test: on a free port of the loopback, with a directory of its own, gone when the test ends.
//   await using nats = await startNats();
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Clock, systemClock } from "#lib/clock.ts";
import { type Connection, connect } from "#lib/nats/connection.ts";
import { startProxy, type TcpProxy } from "./tcp-proxy.ts";
import { parseVersion, serverConfig, type ServerUser, type ServerVersion } from "#lib/nats/server-config.ts";

const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin:/usr/bin`;

/** The user of a server that was started without users of the test's own. */
export const TEST_USER: ServerUser = { user: "test", password: "test-password" };

/** The version of the nats-server on this machine. */
export const natsVersion = (): ServerVersion =>
  parseVersion(execFileSync("nats-server", ["--version"], { encoding: "utf8", env: { ...process.env, PATH } }));

/** A port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no port"))));
    });
  });

/** Real time, fifty times as fast: for tests of what waits for silence. */
export const quickClock: Clock = {
  now: () => systemClock.now() * 50,
  setTimeout: (fn, delayMs) => systemClock.setTimeout(fn, delayMs / 50),
  clearTimeout: (id) => systemClock.clearTimeout(id),
};

/** A connection to `server`; closed by the test. */
export const connectTo = (server: string, { user, password }: ServerUser = TEST_USER): Promise<Connection> =>
  connect({ servers: [server], user, password, name: user, clock: systemClock });

/** Waits for the line by which nats-server says that it takes connections. */
const ready = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    const said: string[] = [];
    if (child.stderr === null) return reject(new Error("no stderr"));
    createInterface(child.stderr).on("line", (line) => {
      said.push(line);
      if (line.includes("Server is ready")) resolve();
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`nats-server ended with ${code}:\n${said.join("\n")}`)));
  });

/** A nats-server that can be killed and started again on the same port and directory. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly #dir: string;
  #child: ChildProcess | undefined;

  constructor(port: number, dir: string) {
    this.port = port;
    this.#dir = dir;
  }

  get server(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn("nats-server", ["-c", join(this.#dir, "nats-server.conf")], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, PATH },
    });
    this.#child = child;
    const atExit = (): void => void child.kill("SIGKILL"); // a test that ran out of time does not dispose
    process.once("exit", atExit);
    child.once("exit", () => process.off("exit", atExit));
    await ready(child);
  }

  /** Ends the process at once, as a crash would. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Starts a nats-server with JetStream and waits until it answers. */
export const startNats = async (users: readonly ServerUser[] = [TEST_USER]): Promise<NatsServer> => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-nats-"));
  const port = await freePort();
  const config = serverConfig({
    serverName: "test",
    host: "127.0.0.1",
    port,
    storeDir: join(dir, "jetstream"),
    users,
    version: natsVersion(),
  });
  writeFileSync(join(dir, "nats-server.conf"), config, { mode: 0o600 });
  const server = new NatsServer(port, dir);
  await server.start();
  return server;
};

/** A server and two connections to it: `near` for who calls, `far` for who answers. */
export type Pair = AsyncDisposable & {
  readonly nats: NatsServer;
  readonly near: Connection;
  readonly far: Connection;
  readonly proxy: TcpProxy;
};

/** Starts a pair; `far` goes through the proxy. */
export const startPair = async (): Promise<Pair> => {
  const nats = await startNats();
  const proxy = await startProxy(nats.port);
  const [near, far] = [await connectTo(nats.server), await connectTo(proxy.address)];
  const dispose = async (): Promise<void> => {
    await Promise.all([near.close(), far.close()]);
    await proxy[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  };
  return { nats, near, far, proxy, [Symbol.asyncDispose]: dispose };
};
