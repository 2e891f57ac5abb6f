// A cluster for a bench: the real command as a user types it, on a data directory and ports of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { readDefinition } from "#actors/cluster/definition.ts";
import { layoutOf, type Layout } from "#actors/cluster/layout.ts";
import { adminClient } from "#bin/run/first-objects.ts";
import type { Client } from "#lib/client.ts";
import { freePort } from "#test/e2e/support/registry.ts";

const orrery = join(import.meta.dirname, "..", "..", "bin", "orrery");

/** A cluster that is ready. */
export type BenchCluster = {
  readonly layout: Layout;
  /** `https://127.0.0.1:…` */
  readonly server: string;
  /** The supervisor's process. */
  readonly pid: number;
  /** Milliseconds from the command to its line that says that the cluster is ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
};

const readyOf = async (child: ChildProcess): Promise<void> => {
  if (child.stdout === null) throw new Error("the command's output is not read");
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (line.startsWith("The cluster is ready")) return;
  }
  throw new Error(`the cluster did not start:\n${said.join("\n")}`);
};

/** `orrery up` on this data directory. */
export const startCluster = async (data: string): Promise<BenchCluster> => {
  const [apiPort, natsPort] = [await freePort(), await freePort()];
  const words = ["up", "--data", data, "--port", apiPort, "--nats-port", natsPort, "--network", "loopback"].map(String);
  const startedAt = performance.now();
  const child = spawn(orrery, words, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const interrupt = (): void => void child.kill("SIGINT");
  process.once("exit", interrupt); // a bench that breaks off leaves nothing running
  await readyOf(child);
  const readyMs = performance.now() - startedAt;
  child.stdout.resume();
  const stop = async (): Promise<void> => {
    process.removeListener("exit", interrupt);
    interrupt();
    await exited;
  };
  return { layout: layoutOf(data), server: `https://127.0.0.1:${apiPort}`, pid: child.pid ?? 0, readyMs, stop };
};

/** Gives `body` an empty directory, which is removed whatever happens. */
export const withData = async <T>(body: (data: string) => Promise<T>): Promise<T> => {
  const data = mkdtempSync(join(tmpdir(), "orrery-bench-"));
  try {
    return await body(data);
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};

/** Gives `body` a new cluster and its administrator's client; the cluster is stopped and removed whatever happens. */
export const withCluster = <T>(body: (cluster: BenchCluster, client: Client) => Promise<T>): Promise<T> =>
  withData(async (data) => {
    const cluster = await startCluster(data);
    const { layout } = cluster;
    const client = adminClient(layout, readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster));
    try {
      return await body(cluster, client);
    } finally {
      await client.transport.close();
      await cluster.stop();
    }
  });
