// The examples: what is committed is what their sources build to, and what the README says of them happens.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { realPort } from "#lib/cluster-network.ts";
import { TestCluster } from "#test/e2e/support/cluster.ts";
import { asNobody, asRoot, here, noNamespace, type Place } from "#test/e2e/support/place.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("e2e/examples", 240_000);
const EXAMPLES = join(import.meta.dirname, "../../examples");
const GUESTS = ["hello", "toolbox", "web", "client"];
const MOST_BYTES = 200_000;

const SERVICE = "http://web.default.svc.cluster.local/";
const jsonPath = (path: string): string => `jsonpath=${path}`;

test("are built from their sources to the byte", () => {
  const install = ["ci", "--no-audit", "--no-fund"];
  if (!existsSync(join(EXAMPLES, "node_modules"))) execFileSync("npm", install, { cwd: EXAMPLES, stdio: "ignore" });
  const out = mkdtempSync(join(tmpdir(), "orrery-examples-"));
  execFileSync(process.execPath, [join(EXAMPLES, "build.ts"), out], { stdio: "ignore" });
  for (const guest of GUESTS) {
    const path = join(guest, `${guest}.wasm`);
    const committed = readFileSync(join(EXAMPLES, path));
    assert.ok(committed.equals(readFileSync(join(out, path))), `${path} is not what its source builds to`);
    assert.ok(committed.length < MOST_BYTES, path);
  }
  rmSync(out, { recursive: true });
});

const fetchIn = async (place: Place, url: string): Promise<string> => (JSON.parse(await place.node("fetch.ts", url)) as [string])[0];

const answers = async (cluster: TestCluster, place: Place): Promise<void> => {
  await cluster.ok("apply", "-f", join(EXAMPLES, "hello"), "-f", join(EXAMPLES, "web"), "-f", join(EXAMPLES, "client"));
  for (const name of ["hello", "web", "client"])
    assert.match(await cluster.ok("rollout", "status", `deploy/${name}`, "--timeout=60s"), "successfully rolled out");
  assert.match(await cluster.ok("logs", "deploy/hello"), /^Hello, world, from hello-/m);
  const pods = (await cluster.ok("get", "pods", "-l", "app=web", "-o", jsonPath("{.items[*].metadata.name}"))).split(" ");
  assert.is(pods.length, 3);
  const clusterIp = await cluster.ok("get", "service", "web", "-o", jsonPath("{.spec.clusterIP}"));
  const low = (port: number): number => realPort(port, place.uid === undefined);
  assert.is((await place.node("dig.ts", place.ranges.dns, String(low(53)), "web.default.svc.cluster.local")).trim(), clusterIp);
  const seen = new Set<string>();
  for (let tries = 0; seen.size < 3 && tries < 30; tries++) {
    const [greeting = "", asked] = (await fetchIn(place, `http://${clusterIp}:${low(80)}/some/path?q=1`)).split("\n");
    assert.is(asked, "GET /some/path?q=1");
    const [, pod = greeting] = /^Hello from (\S+)$/.exec(greeting) ?? [];
    assert.ok(pods.includes(pod), `${greeting} is of none of ${pods.join(" ")}`);
    seen.add(pod);
  }
  assert.is(seen.size, 3, "every pod has its share");
  await cluster.until(["logs", "deploy/client"], (log) => log.includes(`GET ${SERVICE}: 200 Hello from web-`));
  assert.match(await fetchIn(place, `http://${clusterIp}:${low(80)}/crash`), "the component failed: unreachable");
  const restarts = await cluster.ok("get", "pods", "-l", "app=web", "-o", jsonPath("{.items[*].status.containerStatuses[0].restartCount}"));
  assert.is(restarts, "0 0 0", "a trap is one request's");
};

const walk = (title: string, make: () => Place): void =>
  test(`answer ${title}`, async () => {
    const place = make();
    const cluster = await TestCluster.start({ place });
    try {
      await answers(cluster, place);
    } finally {
      await cluster.stop();
      cluster.remove();
    }
  });

if (noNamespace() === undefined) {
  walk("as root, routed addresses", asRoot);
  walk("as nobody, loopback addresses", asNobody);
} else walk("as this user, loopback addresses", here);
