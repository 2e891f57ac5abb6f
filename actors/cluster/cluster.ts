// Brings a cluster up on this machine and down again: the machine says when, this file how. Every process but nats-server
// is this program again, with the role it is to play.
import { mkdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { createActor, fromPromise, waitFor } from "xstate";
import { sleep, type Clock } from "#lib/clock.ts";
import type { Inspector } from "#lib/inspect.ts";
import type { Random } from "#lib/random.ts";
import { ClusterError, type Definition } from "./definition.ts";
import { natsUsers } from "./identities.ts";
import type { Layout } from "./layout.ts";
import { releaseLock, stopLeftovers, takeLock } from "./lock.ts";
import { machine } from "./machine.ts";
import { findNatsServer } from "./nats-server.ts";
import { writeNatsConfig } from "./nats-file.ts";
import { ensurePki, ensureSecrets, writeKubeconfig, type ServerNames } from "./pki.ts";
import { SupervisedProcess, type ProcessSpec } from "./process/io.ts";
import type { Progress } from "./progress.ts";

export type ClusterOptions = {
  readonly layout: Layout;
  readonly definition: Definition;
  /** Names and addresses of the API server, for its certificate. */
  readonly serverNames: ServerNames;
  /** Where each node is reached, for `orrery status`. */
  readonly nodeAddress: (node: string) => string;
  /** The command line of one of our processes, by role and, for a node, its name. */
  readonly commandOf: (
    role: "api-server" | "controllers" | "node",
    node?: string,
  ) => { readonly command: string; readonly args: readonly string[]; readonly env: ProcessSpec["env"] };
  /** Makes addons and examples once the API answers. */
  readonly applyAddons: (signal: AbortSignal) => Promise<void>;
  /** Resolves when nodes are Ready and DNS answers. */
  readonly awaitReady: (signal: AbortSignal) => Promise<void>;
  /** Makes what the network needs before processes start, and undoes it at the end. */
  readonly network: { prepare(): Promise<void>; undo(): Promise<void> };
  readonly progress: Progress;
  readonly clock: Clock;
  readonly random: Random;
  readonly inspect?: Inspector | undefined;
};

/** A cluster that was started. */
export interface Cluster {
  /** Resolves when everything runs. Throws: what kept it from running, after all was stopped. */
  readonly ready: Promise<void>;
  /** Resolves when everything is stopped. */
  readonly stopped: Promise<void>;
  stop(): void;
}

const START_MS = 30_000;
const GRACE_MS = 10_000;

/** True when something listens there. */
export const answers = (port: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: "127.0.0.1", port });
  socket.once("connect", () => {
    socket.destroy();
    resolve(true);
  });
  socket.once("error", () => resolve(false));
  return promise;
};

class Steps {
  readonly #options: ClusterOptions;
  readonly #processes: SupervisedProcess[] = [];
  #locked = false;
  #natsServer = { path: "", version: "" };

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  async prepare(): Promise<void> {
    const { layout, definition, progress, clock, random, serverNames } = this.#options;
    takeLock(layout.lock);
    this.#locked = true;
    await stopLeftovers(layout.processes, layout.data, (ms) => sleep(clock, ms));
    await this.#requireFree(definition.apiPort, "the API server", "--port");
    await this.#requireFree(definition.natsPort, "nats-server", "--nats-port");
    this.#natsServer = await findNatsServer((line) => progress("nats-server", line));
    await ensurePki(layout, serverNames, { clock, random });
    const secrets = ensureSecrets(
      layout,
      natsUsers(definition.nodes).map(({ user }) => user),
      random,
    );
    writeNatsConfig(layout, definition, { secrets, printedVersion: this.#natsServer.version });
    writeKubeconfig(layout, `https://127.0.0.1:${definition.apiPort}`);
    for (const dir of [layout.logs, layout.images, layout.nats.store]) mkdirSync(dir, { recursive: true });
    await this.#options.network.prepare();
    progress("data directory", layout.data);
  }

  async startNats(): Promise<void> {
    const { layout, definition, progress } = this.#options;
    const { path, version } = this.#natsServer;
    const address = `127.0.0.1:${definition.natsPort}`;
    const ready = async (signal: AbortSignal): Promise<void> => {
      while (!(await answers(definition.natsPort))) await sleep(this.#options.clock, 10, signal);
    };
    const { logs } = layout;
    await this.#start({
      name: "nats-server",
      role: "store and messages",
      address,
      command: path,
      args: ["-c", layout.nats.config],
      env: {},
      logPath: `${logs}/nats-server.log`,
      processes: layout.processes,
      ipc: false,
      ready,
      graceMs: GRACE_MS,
    });
    progress("nats-server", `${version.replace(/^nats-server: /, "")} on ${address}, JetStream in ${layout.nats.store}`);
  }

  async startApiServer(): Promise<void> {
    const { definition, progress } = this.#options;
    await this.#startOwn("api-server", { role: "api-server", address: `https://127.0.0.1:${definition.apiPort}` });
    progress("api-server", `https://127.0.0.1:${definition.apiPort}`);
  }

  async startNodes(): Promise<void> {
    const { definition, nodeAddress, progress } = this.#options;
    const controllers = this.#startOwn("controllers", { role: "scheduler, controllers", address: "" }).then(() =>
      progress("controllers", "scheduler and controller manager"),
    );
    const nodes = definition.nodes.map(async (node) => {
      await this.#startOwn("node", { role: "kubelet, kube-proxy", address: nodeAddress(node) }, node);
      progress(`node ${node}`, nodeAddress(node));
    });
    await Promise.all([controllers, ...nodes]);
  }

  async stopAll(): Promise<void> {
    const { layout, network } = this.#options;
    const [nats, apiServer, ...others] = this.#processes;
    await Promise.all(others.map((process) => process.stop()));
    await apiServer?.stop();
    await nats?.stop();
    if (!this.#locked) return;
    await network.undo();
    releaseLock(layout.lock);
  }

  async #startOwn(
    role: "api-server" | "controllers" | "node",
    shown: { readonly role: string; readonly address: string },
    node?: string,
  ): Promise<void> {
    const { layout, commandOf } = this.#options;
    const name = node === undefined ? role : `node-${node}`;
    await this.#start({
      name,
      ...shown,
      ...commandOf(role, node),
      logPath: layout.logOf(name),
      processes: layout.processes,
      ipc: true,
      graceMs: GRACE_MS,
    });
  }

  async #start(spec: ProcessSpec): Promise<void> {
    const process = new SupervisedProcess(spec, this.#options.clock);
    this.#processes.push(process);
    try {
      await process.ready(START_MS);
    } catch (cause) {
      throw new ClusterError(`${spec.name} did not start; the end of ${spec.logPath} says:\n${lastLines(spec.logPath)}`, { cause });
    }
  }

  async #requireFree(port: number, what: string, option: string): Promise<void> {
    if (!(await answers(port))) return;
    throw new ClusterError(
      `port ${port} of 127.0.0.1, which ${what} needs, is in use; stop what listens there, or give another port with ${option}`,
    );
  }
}

const lastLines = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(-5).join("\n");
  } catch {
    return "(nothing)";
  }
};

/** Starts a cluster. */
export const startCluster = (options: ClusterOptions): Cluster => {
  const steps = new Steps(options);
  const { clock, inspect } = options;
  const actor = createActor(
    machine.provide({
      actors: {
        prepare: fromPromise(() => steps.prepare()),
        startNats: fromPromise(() => steps.startNats()),
        startApiServer: fromPromise(() => steps.startApiServer()),
        startNodes: fromPromise(() => steps.startNodes()),
        applyAddons: fromPromise(({ signal }) => options.applyAddons(signal)),
        awaitReady: fromPromise(({ signal }) => options.awaitReady(signal)),
        stopAll: fromPromise(() => steps.stopAll()),
      },
    }),
    { id: "cluster", clock, ...(inspect === undefined ? {} : { inspect }) },
  ).start();
  const stopped = waitFor(actor, (snapshot) => snapshot.status === "done").then(() => undefined);
  const up = async (): Promise<void> => {
    const { context } = await waitFor(actor, (snapshot) => snapshot.matches("ready") || snapshot.status === "done");
    if (context.error !== undefined) throw context.error as Error;
  };
  return { ready: up(), stopped, stop: () => actor.send({ type: "stop" }) };
};
