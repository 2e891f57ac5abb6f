// helm on a whole cluster: the chart of examples/chart through its life, with hooks that run, a test that asks the Service,
// a custom resource and its definition.
import { join } from "node:path";
import * as assert from "uvu/assert";
import { suite } from "#test/support/suite.ts";
import { helmPath, type Version } from "./support/clients.ts";
import { TestCluster } from "./support/cluster.ts";
import { apart } from "./support/place.ts";

const test = suite("e2e/helm", 120_000);
const CHART = join(import.meta.dirname, "..", "..", "examples", "chart");
/** What helm calls itself, by the kubectl that it came with. */
const HELMS = [
  ["1.32", /^v3\./],
  ["1.35", /^v4\./],
] as const;

type Helm = (...args: readonly string[]) => Promise<string>;

const helmOf =
  (cluster: TestCluster, version: Version): Helm =>
  async (...args) => {
    const env = { KUBECONFIG: join(cluster.data, "kubeconfig"), HOME: join(cluster.data, `helm-${version}`) };
    const { code, stdout, stderr } = await cluster.place.run({ program: helmPath(version), args, env });
    assert.is(code, 0, `helm ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };

const WAIT = ["--wait", "--timeout", "60s"];

/** Install, test, upgrade, rollback and uninstall. */
const life = async (cluster: TestCluster, helm: Helm, named: string): Promise<void> => {
  const greeting = (): Promise<string> => cluster.ok("get", "greeting", named, "-o", "jsonpath={.spec.text}");
  const replicas = (): Promise<string> => cluster.ok("get", "deployment", named, "-o", "jsonpath={.status.readyReplicas}");

  const installed = await helm("install", named, CHART, ...WAIT);
  assert.match(installed, /^STATUS: deployed$/m);
  assert.match(installed, `${named} has 2 pods.`);
  assert.is(await cluster.ok("logs", `${named}-prepare-1`), "preparing revision 1\n");
  assert.is(await greeting(), `Hello from ${named}`);

  assert.match(await helm("test", named), /^Phase: +Succeeded$/m);
  assert.match(await cluster.ok("logs", `${named}-answers`), `GET http://${named}.default.svc.cluster.local/: 200 Hello from ${named}-`);

  assert.match(await helm("upgrade", named, CHART, "--set", "replicas=3,greeting=Hi", ...WAIT), /^REVISION: 2$/m);
  assert.is(await cluster.ok("logs", `${named}-prepare-2`), "preparing revision 2\n");
  assert.equal([await replicas(), await greeting()], ["3", `Hi from ${named}`]);

  await helm("rollback", named, "1", ...WAIT);
  assert.equal([await replicas(), await greeting()], ["2", `Hello from ${named}`]);
  const history = JSON.parse(await helm("history", named, "-o", "json")) as readonly {
    readonly status: string;
    readonly description: string;
  }[];
  assert.equal(
    history.map(({ status, description }) => `${status}: ${description}`),
    ["superseded: Install complete", "superseded: Upgrade complete", "deployed: Rollback to 1"],
  );

  assert.is(await helm("uninstall", named, ...WAIT), `release "${named}" uninstalled\n`);
  const left = await cluster.ok("get", "all,greetings,secrets", "-l", `app.kubernetes.io/instance=${named}`, "-o", "name");
  assert.is(left, "");
  assert.match(await cluster.ok("get", "crd", "-o", "name"), "greetings.chart.orrery.dev");
};

test("installs, tests, upgrades, rolls back and uninstalls a chart with hooks and a custom resource, in its versions 3 and 4", async () => {
  const cluster = await TestCluster.start({ place: apart() });
  try {
    for (const [version, itself] of HELMS) {
      const helm = helmOf(cluster, version);
      assert.match(await helm("version", "--short"), itself);
      await life(cluster, helm, `shop-${itself.source.slice(1, 3)}`);
    }
  } finally {
    await cluster.stop();
    cluster.remove();
  }
});
