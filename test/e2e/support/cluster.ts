// A cluster as a user starts it: the real command and a data directory of its own, in a place of its own.
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleepMs } from "node:timers/promises";
import { kubectlPath, type Version } from "./clients.ts";
import { here, type Command, type Place, type Result } from "./place.ts";
import { freePort } from "./registry.ts";

const ORRERY = join(import.meta.dirname, "..", "..", "..", "bin", "orrery.ts");

/** The command line of `orrery` with these words. */
export const orrery = (...args: readonly string[]): Command => ({ program: process.execPath, args: [ORRERY, ...args] });

/** Runs `orrery` with these words, here. */
export const runOrrery = (...args: readonly string[]): Promise<Result> => here().run(orrery(...args));

export type ClusterOptions = {
  /** Default: this user on this machine, with loopback addresses. */
  readonly place?: Place;
  readonly data?: string;
  readonly args?: readonly string[];
};

/** One of the cluster's processes, as `orrery status -o json` shows it. */
export type ProcessRow = { readonly name: string; readonly pid: number | null; readonly state: string };

/** A new data directory that belongs to the place's user. */
export const dataDirectory = (place: Place): string => {
  const data = mkdtempSync(join(tmpdir(), "orrery-e2e-"));
  place.own(data);
  return data;
};

/** A running cluster. */
export class TestCluster {
  readonly data: string;
  readonly place: Place;
  readonly ports: { readonly api: number; readonly nats: number };
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #output = "";

  constructor(ports: { readonly api: number; readonly nats: number }, { place = here(), data, args = [] }: ClusterOptions) {
    this.place = place;
    this.data = data ?? dataDirectory(place);
    this.ports = ports;
    this.#args = args;
  }

  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    const cluster = new TestCluster({ api: await freePort(), nats: await freePort() }, options);
    await cluster.up();
    return cluster;
  }

  /** The words of `orrery up` for this cluster. */
  get upWords(): readonly string[] {
    const { api, nats } = this.ports;
    const ports = ["--port", String(api), "--nats-port", String(nats)];
    return ["up", "--data", this.data, ...ports, "--network", this.place.network, ...this.#args];
  }

  /** `orrery up`; resolves when it says that the cluster is ready. */
  async up(): Promise<void> {
    const command = orrery(...this.upWords);
    this.#output = "";
    const child = this.place.start({ ...command, env: { HOME: this.data } }, ["ignore", "pipe", "pipe"]);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    for (let tries = 0; !this.#output.includes("The cluster is ready"); tries++) {
      if (child.exitCode !== null || tries > 600) throw new Error(`the cluster is not ready:\n${this.#output}\n${this.logs()}`);
      // oxlint-disable-next-line no-await-in-loop -- waiting for a process
      await sleepMs(100);
    }
  }

  get output(): string {
    return this.#output;
  }

  /** The supervisor's pid. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Runs `orrery` with these words on this cluster. */
  orrery(...args: readonly string[]): Promise<Result> {
    return this.place.run(orrery(...args, "--data", this.data));
  }

  kubectl(args: readonly string[], version: Version = "1.35"): Promise<Result> {
    return this.place.run(this.#kubectlCommand(args, version));
  }

  /** Starts a kubectl that goes on; the caller ends it. */
  startKubectl(args: readonly string[], version: Version = "1.35"): ChildProcess {
    return this.place.start(this.#kubectlCommand(args, version), ["ignore", "pipe", "inherit"]);
  }

  /** Standard output of a kubectl that must succeed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Asks until the answer is as wanted. */
  async until(args: readonly string[], wanted: (stdout: string) => boolean, limitMs = 60_000): Promise<string> {
    const answer = await this.eventually(
      () => this.kubectl(args),
      ({ stdout }) => wanted(stdout),
      { what: `kubectl ${args.join(" ")}`, limitMs },
    );
    return answer.stdout;
  }

  /** Looks until what is seen is as wanted. Throws: what was seen last, when the time is over. */
  async eventually<T>(
    look: () => Promise<T>,
    wanted: (seen: T) => boolean,
    { what, limitMs = 60_000 }: { readonly what: string; readonly limitMs?: number },
  ): Promise<T> {
    const end = performance.now() + limitMs;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a cluster converges in its own time
      const seen = await look();
      if (wanted(seen)) return seen;
      if (performance.now() > end) throw new Error(`${what} still says:\n${JSON.stringify(seen, null, 1)}\n${this.logs()}`);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleepMs(200);
    }
  }

  /** Writes an object, or a text as it is, to a file for kubectl. */
  file(name: string, content: unknown): string {
    const path = join(this.data, `${name}.json`);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    this.place.own(path);
    return path;
  }

  /** The rows of `orrery status`. */
  async processes(): Promise<readonly ProcessRow[]> {
    const { stdout } = await this.orrery("status", "-o", "json");
    return (JSON.parse(stdout) as { readonly processes: readonly ProcessRow[] }).processes;
  }

  /** The pid of one of the cluster's processes. */
  async pidOf(name: string): Promise<number> {
    const rows = await this.processes();
    const pid = rows.find((row) => row.name === name)?.pid ?? undefined;
    if (pid === undefined) throw new Error(`no process ${name} in ${JSON.stringify(rows)}`);
    return pid;
  }

  /** The ends of the components' logs. */
  logs(): string {
    const dir = join(this.data, "logs");
    const files = existsSync(dir) ? readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile()) : [];
    const endOf = (name: string): string => readFileSync(join(dir, name), "utf8").split("\n").slice(-8).join("\n");
    return files.map(({ name }) => `--- ${name}\n${endOf(name)}`).join("\n");
  }

  /** Ctrl-C, and waits for the end. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.once("exit", (code) => resolve(code));
    child.kill(signal);
    return promise;
  }

  /** Forgets the data directory and the place. */
  remove(): void {
    rmSync(this.data, { recursive: true, force: true });
    this.place.remove();
  }

  #kubectlCommand(args: readonly string[], version: Version): Command {
    const env = { KUBECONFIG: join(this.data, "kubeconfig"), HOME: this.data };
    return { program: kubectlPath(version), args, env };
  }
}
