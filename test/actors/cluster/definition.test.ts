import * as assert from "uvu/assert";
import { ClusterError, nodeNames, RANGES, readDefinition } from "#actors/cluster/definition.ts";
import { foreignEntry, layoutOf } from "#actors/cluster/layout.ts";
import { suite } from "#test/support/suite.ts";
import { aDefinition } from "./directory.ts";

const test = suite("cluster/definition");

test("names the control plane's node and the workers", () => {
  assert.equal(nodeNames(1), ["control-plane"]);
  assert.equal(nodeNames(3), ["control-plane", "worker-1", "worker-2"]);
});

test("reads what was written", () => assert.equal(readDefinition(JSON.stringify(aDefinition), "/x"), aDefinition));

test("says which file is damaged, or of another version, and what to do", () => {
  assert.throws(
    () => readDefinition("{", "/data/cluster.json"),
    (error: Error) => error instanceof ClusterError && error.message.startsWith("/data/cluster.json: not readable as JSON; "),
  );
  assert.throws(
    () => readDefinition(JSON.stringify({ ...aDefinition, dataVersion: 7 }), "/data/cluster.json"),
    (error: Error) =>
      error instanceof ClusterError &&
      error.message ===
        "/data/cluster.json: this data directory has layout version 7, this orrery reads version 1; give another directory with --data",
  );
});

test("the fixed addresses lie in the Services' range", () => {
  for (const { services, dns, kubernetes } of Object.values(RANGES)) {
    const network = services.replace(/0\.0\/16$/, "");
    assert.is(kubernetes, `${network}0.1`);
    assert.is(dns, `${network}0.10`);
  }
});

test("everything lies in the data directory", () => {
  const { nats, node, logOf, ...paths } = layoutOf("/data");
  const all = [...Object.values(paths), ...Object.values(nats), node("worker-1"), logOf("api-server")];
  assert.equal(
    all.filter((path) => path !== "/data" && !path.startsWith("/data/")),
    [],
  );
  assert.is(new Set(all).size, all.length);
});

test("knows every entry of a data directory as a cluster's own, and a visible other one as somebody else's", () => {
  const { nats, node, logOf, data, ...paths } = layoutOf("/data");
  const all = [...Object.values(paths), ...Object.values(nats), node("worker-1"), logOf("api-server")];
  const entries = all.map((path) => path.slice("/data/".length).split("/")[0] ?? "");
  assert.is(data, "/data");
  assert.is(foreignEntry([...entries, "example-made", ".DS_Store"]), undefined);
  assert.is(foreignEntry([...entries, "letter.txt"]), "letter.txt");
});
