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
import { releaseLock, stopLeftovers, takeLock, type Lock } from "./lock.ts";
import { machine } from "./machine.ts";
import { findNatsServer, type NatsServer } from "./nats-server.ts";
import { writeNatsConfig } from "./nats-file.ts";
import { ensureSecrets, isPkiComplete, writeKubeconfig } from "./pki.ts";
import { SupervisedProcess, type ProcessSpec } from "./process/io.ts";
import type { Progress } from "./progress.ts";

export type ClusterOptions = {
  readonly layout: Layout;
  readonly definition: Definition;
  /** Makes what is missing of certificates and keys. */
  readonly makePki: (signal: AbortSignal) => Promise<void>;
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
  /** True when everything runs, false when it was stopped before. Throws: what kept it from running, after all was stopped. */
  readonly ready: Promise<boolean>;
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

type Role = "api-server" | "controllers" | "node";

class Steps {
  readonly #options: ClusterOptions;
  /** Our own processes by name, the API server first. */
  readonly #own = new Map<string, SupervisedProcess>();
  #nats: SupervisedProcess | undefined;
  #natsServer: NatsServer | undefined;
  #lock: Lock | undefined;
  /** Resolves when preparing has ended, in whatever way: what is being made must be made before it can be undone. */
  #prepared: Promise<unknown> = Promise.resolve();

  constructor(options: ClusterOptions) {
    this.#options = options;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const preparing = this.#prepare(signal);
    this.#prepared = preparing.catch(() => undefined);
    await preparing;
  }

  /** Our processes are launched here, as soon as nothing can be refused any more: each loads its code until it may begin. */
  async #prepare(signal: AbortSignal): Promise<void> {
    const { layout, definition, progress, clock, network } = this.#options;
    this.#lock = takeLock(layout.lock);
    await stopLeftovers(layout.processes, layout.data, (ms) => sleep(clock, ms));
    await this.#requireFree(definition.apiPort, "the API server", "--port");
    await this.#requireFree(definition.natsPort, "nats-server", "--nats-port");
    this.#natsServer = await findNatsServer((line) => progress("nats-server", line));
    await network.prepare();
    signal.throwIfAborted();
    this.#launchAll();
    await this.#writeFiles(this.#natsServer.version, signal);
    signal.throwIfAborted();
    progress("data directory", layout.data);
  }

  async startNats(): Promise<void> {
    if (this.#natsServer === undefined) throw new Error("nats-server was not looked for");
    const { path, printed } = this.#natsServer;
    const { layout, definition, progress, clock } = this.#options;
    const address = `127.0.0.1:${definition.natsPort}`;
    const ready = async (signal: AbortSignal): Promise<void> => {
      while (!(await answers(definition.natsPort))) await sleep(clock, 10, signal);
    };
    const { logs } = layout;
    this.#nats = new SupervisedProcess(
      {
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
      },
      clock,
    );
    await isReady(this.#nats);
    progress("nats-server", `${printed.replace(/^nats-server: /, "")} on ${address}, JetStream in ${layout.nats.store}`);
  }

  async startApiServer(): Promise<void> {
    const { definition, progress } = this.#options;
    await this.#begin("api-server");
    progress("api-server", `https://127.0.0.1:${definition.apiPort}`);
  }

  async startNodes(): Promise<void> {
    const { definition, nodeAddress, progress } = this.#options;
    const controllers = this.#begin("controllers").then(() => progress("controllers", "scheduler and controller manager"));
    const nodes = definition.nodes.map(async (node) => {
      await this.#begin(`node-${node}`);
      progress(`node ${node}`, nodeAddress(node));
    });
    await Promise.all([controllers, ...nodes]);
  }

  async stopAll(): Promise<void> {
    const { network } = this.#options;
    await this.#prepared;
    const [apiServer, ...others] = this.#own.values();
    await Promise.all(others.map((process) => process.stop()));
    await apiServer?.stop();
    await this.#nats?.stop();
    if (this.#lock === undefined) return;
    await network.undo();
    releaseLock(this.#lock);
  }

  #launchAll(): void {
    const { definition, nodeAddress } = this.#options;
    this.#launch("api-server", { role: "api-server", address: `https://127.0.0.1:${definition.apiPort}` });
    this.#launch("controllers", { role: "scheduler, controllers", address: "" });
    for (const node of definition.nodes) this.#launch("node", { role: "kubelet, kube-proxy", address: nodeAddress(node) }, node);
  }

  #launch(role: Role, shown: { readonly role: string; readonly address: string }, node?: string): void {
    const { layout, commandOf, clock } = this.#options;
    const name = node === undefined ? role : `node-${node}`;
    const spec = {
      name,
      ...shown,
      ...commandOf(role, node),
      logPath: layout.logOf(name),
      processes: layout.processes,
      ipc: true,
      graceMs: GRACE_MS,
    };
    this.#own.set(name, new SupervisedProcess(spec, clock));
  }

  async #begin(name: string): Promise<void> {
    const process = this.#own.get(name);
    if (process === undefined) throw new Error(`${name} was not launched`);
    process.begin();
    await isReady(process);
  }

  /** Everything that processes read when they begin. */
  async #writeFiles(version: NatsServer["version"], signal: AbortSignal): Promise<void> {
    const { layout, definition, clock, random, makePki } = this.#options;
    for (const dir of [layout.logs, layout.images, layout.nats.store]) mkdirSync(dir, { recursive: true });
    const users = natsUsers(definition.nodes).map(({ user }) => user);
    if (!isPkiComplete(layout, clock.now())) await makePki(signal);
    writeNatsConfig(layout, definition, { secrets: ensureSecrets(layout, users, random), version });
    writeKubeconfig(layout, `https://127.0.0.1:${definition.apiPort}`);
  }

  async #requireFree(port: number, what: string, option: string): Promise<void> {
    if (!(await answers(port))) return;
    throw new ClusterError(
      `port ${port} of 127.0.0.1, which ${what} needs, is in use; stop what listens there, or give another port with ${option}`,
    );
  }
}

const isReady = async (process: SupervisedProcess): Promise<void> => {
  const { name, logPath } = process.spec;
  try {
    await process.ready(START_MS);
  } catch (cause) {
    throw new ClusterError(`${name} did not start; the end of ${logPath} says:\n${lastLines(logPath)}`, { cause });
  }
};

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
        prepare: fromPromise(({ signal }) => steps.prepare(signal)),
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
  const up = async (): Promise<boolean> => {
    const { context, status } = await waitFor(actor, (snapshot) => snapshot.matches("ready") || snapshot.status === "done");
    if (context.error !== undefined) throw context.error as Error;
    return status !== "done";
  };
  return { ready: up(), stopped, stop: () => actor.send({ type: "stop" }) };
};
