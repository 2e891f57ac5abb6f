// Runs a component that exports wasi:http/incoming-handler: node's HTTP server listens on the pod's address, and each request
// is a call on an instance of the component, which is then put back as it was. Asked to stop, the guest answers what it has
// begun, and ends well.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Exit } from "#runtime/engine.ts";
import { realPort } from "#lib/cluster-network.ts";
import { Account } from "./account.ts";
import { ComponentHost } from "./component-host.ts";
import { exitOf } from "./exit.ts";
import type { GuestSpec } from "./protocol.ts";
import type { Run } from "./run-module.ts";
import { ServingInstance } from "./serve-instance.ts";
import type { Snapshot } from "./instance-state.ts";
import { InstancePool } from "./serve-pool.ts";
import { Requests } from "./serve-requests.ts";
import { servingOf } from "./serve-tuning.ts";
import type { ReadyComponent } from "./unpack.ts";

// Instances that wait for work, and requests that wait for an instance.
const MOST_IDLE = 16;
const MOST_WAITING = 1024;

const listen = async (server: Server, host: string, port: number): Promise<void> => {
  server.listen({ host, port });
  await once(server, "listening"); // rejects when there is an error instead
};

const asked = (account: Account, isEnough: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (!isEnough()) return;
      stop();
      resolve();
    };
    const stop = account.onAsked(look);
    look();
  });

/** What the instances of a guest take together, and whether it was too much. */
class Memory {
  readonly #limitBytes: number;
  readonly #exceeded: () => void;
  bytes = 0;
  isExceeded = false;

  constructor(limitBytes: number, exceeded: () => void) {
    this.#limitBytes = limitBytes;
    this.#exceeded = exceeded;
  }

  grew(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.#limitBytes) this.exceed();
  }

  exceed(): void {
    this.isExceeded = true;
    this.#exceeded();
  }
}

type Service = { readonly account: Account; readonly memory: Memory; readonly pool: InstancePool<ServingInstance> };

const makeService = (program: ReadyComponent, spec: GuestSpec, host: ComponentHost, starts: (account: Account) => void): Service => {
  const memory = new Memory(spec.memoryLimitBytes, () => account.kill());
  const account = new Account({ ...spec, memoryBytes: () => memory.bytes });
  const options = { program, host, account, starts: () => starts(account), grew: (bytes: number) => memory.grew(bytes) };
  const pool = new InstancePool({
    make: () => ServingInstance.open(options),
    close: (instance) => instance.close(),
    most: servingOf(spec).concurrency,
    mostIdle: MOST_IDLE,
    mostWaiting: MOST_WAITING,
  });
  return { account, memory, pool };
};

const serveUntilAsked = async ({ account, pool }: Service, servers: readonly Server[], requests: Requests): Promise<void> => {
  await asked(account, () => account.asked !== "nothing");
  for (const server of servers) server.close();
  await Promise.race([requests.drain(), asked(account, () => account.asked === "to die")]);
  for (const server of servers) server.closeAllConnections();
  for (const instance of pool.busy) instance.cancel();
  pool.close();
};

/** Serves until the guest is asked to end. Rejects: when it cannot be started. */
export const serveComponent = async (program: ReadyComponent, spec: GuestSpec, { log, started }: Run): Promise<Exit> => {
  const { ports, reuses } = servingOf(spec);
  const host = await ComponentHost.open(program.component, spec, log);
  let hasStarted = false;
  const starts = (account: Account): void => {
    if (!hasStarted) started(account);
    hasStarted = true;
  };
  const service = makeService(program, spec, host, starts);
  const { account, memory, pool } = service;
  let first: Snapshot | undefined;
  const requests = new Requests({ pool, log, reuses, first: () => first, outOfMemory: () => memory.exceed() });
  const servers = ports.map(() => createServer((message, response) => void requests.serve(message, response)));
  try {
    const { address, mayBindLow } = spec.network;
    await Promise.all(servers.map((server, index) => listen(server, address, realPort(ports[index] ?? 0, mayBindLow))));
    const instance = await pool.take(); // whether it can be instantiated at all; requests wait until then
    first = reuses ? undefined : instance.snapshot();
    pool.give(instance);
    starts(account);
    await serveUntilAsked(service, servers, requests);
    const code = account.asked === "to stop" ? 0 : undefined;
    return exitOf({ code, trap: undefined, asked: memory.isExceeded ? "nothing" : account.asked, wasRefusedMemory: memory.isExceeded });
  } finally {
    for (const server of servers) server.close();
    pool.close();
    host.close();
  }
};
