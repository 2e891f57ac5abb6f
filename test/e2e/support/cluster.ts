// A cluster as a user starts it: the real command, a data directory of its own, free ports, loopback addresses.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleepMs } from "node:timers/promises";
import { promisify } from "node:util";
import { kubectlPath, type Version } from "./clients.ts";
import { freePort } from "./registry.ts";

const run = promisify(execFile);
const orrery = join(import.meta.dirname, "..", "..", "..", "bin", "orrery.ts");

/** What a program printed and how it ended. */
export type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

const resultOf = (running: Promise<{ stdout: string; stderr: string }>): Promise<Result> =>
  running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code?: number; stdout?: string; stderr?: string }) => ({
      code: error.code ?? 1,
      stdout: error.stdout ?? "",
      stderr: error.stderr ?? "",
    }),
  );

/** Runs `orrery` with these words. */
export const runOrrery = (...args: readonly string[]): Promise<Result> => resultOf(run(process.execPath, [orrery, ...args]));

export type ClusterOptions = {
  /** Runs as this user and group, if we may. */
  readonly uid?: number;
  readonly data?: string;
  readonly args?: readonly string[];
};

/** A running cluster. */
export class TestCluster {
  readonly data: string;
  readonly ports: { readonly api: number; readonly nats: number };
  readonly #options: ClusterOptions;
  #child: ChildProcess | undefined;
  #output = "";

  constructor(data: string, ports: { readonly api: number; readonly nats: number }, options: ClusterOptions) {
    this.data = data;
    this.ports = ports;
    this.#options = options;
  }

  static async start(options: ClusterOptions = {}): Promise<TestCluster> {
    const data = options.data ?? mkdtempSync(join(tmpdir(), "orrery-e2e-"));
    if (options.uid !== undefined) chownSync(data, options.uid, options.uid);
    const cluster = new TestCluster(data, { api: await freePort(), nats: await freePort() }, options);
    await cluster.up();
    return cluster;
  }

  /** `orrery up`; resolves when it says that the cluster is ready. */
  async up(): Promise<void> {
    const { uid, args = [] } = this.#options;
    const user = uid === undefined ? {} : { uid, gid: uid };
    const words = [
      "up",
      "--data",
      this.data,
      "--port",
      String(this.ports.api),
      "--nats-port",
      String(this.ports.nats),
      "--network",
      "loopback",
      ...args,
    ];
    this.#output = "";
    const child = spawn(process.execPath, [orrery, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, HOME: this.data },
      ...user,
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
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

  kubectl(args: readonly string[], version: Version = "1.35"): Promise<Result> {
    return resultOf(
      run(kubectlPath(version), [...args], {
        env: { ...process.env, KUBECONFIG: join(this.data, "kubeconfig"), HOME: this.data },
        maxBuffer: 64 * 1024 * 1024,
      }),
    );
  }

  /** Standard output of a kubectl that must succeed. */
  async ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Asks until the answer is as wanted. */
  async until(args: readonly string[], wanted: (stdout: string) => boolean, limitMs = 60_000): Promise<string> {
    const end = performance.now() + limitMs;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- a cluster converges in its own time
      const { stdout, stderr } = await this.kubectl(args);
      if (wanted(stdout)) return stdout;
      if (performance.now() > end) throw new Error(`kubectl ${args.join(" ")} still says:\n${stdout}${stderr}\n${this.logs()}`);
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleepMs(200);
    }
  }

  /** The pid of one of the cluster's processes. */
  async pidOf(name: string): Promise<number> {
    const { stdout } = await runOrrery("status", "--data", this.data, "-o", "json");
    const { processes } = JSON.parse(stdout) as { readonly processes: readonly { readonly name: string; readonly pid: number }[] };
    const found = processes.find((process) => process.name === name);
    if (found === undefined) throw new Error(`no process ${name} in ${stdout}`);
    return found.pid;
  }

  logs(): string {
    return ["api-server", "controllers", "node-control-plane", "node-worker-1", "node-worker-2"]
      .map((name) => {
        try {
          return `--- ${name}\n${readFileSync(join(this.data, "logs", `${name}.log`), "utf8")
            .split("\n")
            .slice(-8)
            .join("\n")}`;
        } catch {
          return "";
        }
      })
      .join("\n");
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

  remove(): void {
    rmSync(this.data, { recursive: true, force: true });
  }
}
