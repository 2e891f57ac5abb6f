// Load on a cluster while things happen to it, and whether all is as it must be afterwards.
import { join } from "node:path";
import type { TestCluster } from "./cluster.ts";
import { faultsOf, PORT, type Expected, type Seen } from "./expected.ts";
import { listenersIn } from "./listeners.ts";

/** The pods' addresses in either network mode. upstream of it: RANGES in actors/cluster/definition.ts */
const POD = /^(10|127)\.(6[4-9]|7\d)\./;

/** A client that writes without pause. */
export class Load {
  readonly #cluster: TestCluster;
  readonly #child;
  readonly #ended = Promise.withResolvers<number | null>();
  #output = "";
  #errors = "";

  constructor(cluster: TestCluster, seed: number) {
    this.#cluster = cluster;
    const program = join(import.meta.dirname, "..", "programs", "load.ts");
    const command = { program: process.execPath, args: [program, cluster.data, String(seed)] };
    this.#child = cluster.place.start(command, ["ignore", "pipe", "pipe"]);
    this.#child.stdout?.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#child.once("close", (code) => this.#ended.resolve(code));
  }

  /** Writes that were acknowledged until now. */
  get acknowledged(): number {
    return this.#output.split("\n").length - 1;
  }

  /** Resolves when so many more writes were acknowledged. Throws: when the load ended, or the writes do not come. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged + count;
    await this.#cluster.eventually(
      async () => (this.#child.exitCode === null ? this.acknowledged : `the load ended: ${this.#errors}`),
      (seen) => typeof seen === "string" || seen >= wanted,
      { what: `acknowledged writes (${wanted} are wanted)` },
    );
    if (this.#child.exitCode !== null) throw new Error(`the load ended: ${this.#errors}`);
  }

  /** Ends the load. What must be there then. Throws: when a write got a wrong answer. */
  async end(): Promise<Expected & { readonly unsure: number }> {
    this.#child.kill("SIGTERM");
    if ((await this.#ended.promise) !== 0) throw new Error(`the load failed: ${this.#errors}`);
    const last = this.#output.trimEnd().split("\n").at(-1) ?? "";
    return JSON.parse(last) as Expected & { readonly unsure: number };
  }
}

/** What is in a namespace, and which pods are listened for. */
const look = async (cluster: TestCluster, namespace: string): Promise<Seen> => {
  const itemsOf = async <K extends keyof Seen>(kind: K): Promise<Seen[K]> => {
    const list = await cluster.ok("get", kind.toLowerCase(), "-n", namespace, "-o", "json");
    return (JSON.parse(list) as { readonly items: Seen[K] }).items;
  };
  const { stdout } = await cluster.place.run({ program: "cat", args: ["/proc/net/tcp"] });
  return {
    configMaps: await itemsOf("configMaps"),
    deployments: await itemsOf("deployments"),
    replicaSets: await itemsOf("replicaSets"),
    pods: await itemsOf("pods"),
    listening: listenersIn(stdout, PORT, POD),
  };
};

/** Resolves when the namespace is as expected and every pod answers with its own name. */
export const converged = async (cluster: TestCluster, expected: Expected): Promise<void> => {
  const options = { what: `namespace ${expected.namespace}`, limitMs: 90_000 };
  await cluster.eventually(
    async () => faultsOf(expected, await look(cluster, expected.namespace)),
    (faults) => faults.length === 0,
    options,
  );
};

/** The pods of a namespace whose addresses answer with another name than theirs. */
export const wrongAnswers = async (cluster: TestCluster, namespace: string): Promise<readonly string[]> => {
  const template = `jsonpath={range .items[*]}{.metadata.name} {.status.podIP}{"\\n"}{end}`;
  const rows = (await cluster.ok("get", "pods", "-n", namespace, "-o", template)).trim();
  const pods = rows === "" ? [] : rows.split("\n").map((line) => line.split(" "));
  const answers = JSON.parse(await cluster.place.node("fetch.ts", ...pods.map(([, ip]) => `http://${ip}:${PORT}/`))) as readonly string[];
  return pods.flatMap(([name = ""], index) => (answers[index]?.trim() === name ? [] : [`${name} answered ${answers[index]}`]));
};
