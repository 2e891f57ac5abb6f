// Every runtime class of a new cluster runs the same module, and says the same of its end.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { TestCluster } from "#test/e2e/support/cluster.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("e2e/runtime classes", 120_000);

const CLASSES = ["shared", "dedicated", "wasmer"];

const podOf = (name: string, runtimeClassName: string | undefined, words: readonly string[]): unknown => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, labels: { test: "runtime-classes" } },
  spec: {
    runtimeClassName,
    restartPolicy: "Never",
    containers: [
      {
        name: "main",
        image: "orrery.dev/examples/toolbox:v1",
        command: ["toolbox", ...words],
        resources: { limits: { cpu: "500m", memory: "8Mi" } },
      },
    ],
  },
});

const TEMPLATE = "{range .items[*]}{.metadata.name} {.status.containerStatuses[0].state.terminated.reason}\n{end}";

test("a module runs under each of them, and one that takes too much memory is killed for it", async () => {
  const cluster = await TestCluster.start();
  try {
    const names = ["default", ...CLASSES];
    const pods = names.flatMap((name) => {
      const runtimeClass = name === "default" ? undefined : name;
      return [podOf(name, runtimeClass, ["env", "HOSTNAME", "then", "exit", "3"]), podOf(`${name}-grows`, runtimeClass, ["grow"])];
    });
    const file = join(cluster.data, "pods.yaml");
    writeFileSync(file, pods.map((pod) => JSON.stringify(pod)).join("\n---\n"));
    await cluster.ok("apply", "-f", file);
    const wanted = names.flatMap((name) => [`${name} Error`, `${name}-grows OOMKilled`]).toSorted();
    const ends = (stdout: string): string[] => stdout.trim().split("\n").toSorted();
    await cluster.until(
      ["get", "pods", "-l", "test=runtime-classes", "-o", `jsonpath=${TEMPLATE}`],
      (stdout) => ends(stdout).join() === wanted.join(),
    );
    const logs = await Promise.all(names.map((name) => cluster.ok("logs", name)));
    assert.equal(
      logs,
      names.map((name) => `${name}\n`),
    );
  } finally {
    await cluster.stop();
    cluster.remove();
  }
});
