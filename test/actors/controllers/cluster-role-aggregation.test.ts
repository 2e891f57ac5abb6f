import * as assert from "uvu/assert";
import { decide } from "#actors/controllers/cluster-role-aggregation/decide.ts";
import type { ClusterRole } from "#api/rbac/v1/cluster-role.ts";
import { stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/cluster-role-aggregation");
const may = (resource: string) => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
const role = (name: string, resources: readonly string[], to?: string) =>
  stored<ClusterRole>({ metadata: { name, ...(to === undefined ? {} : { labels: { [to]: "true" } }) }, rules: resources.map(may) });
const view = (...resources: string[]) => ({
  ...role("view", resources, "to-view"),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "to-view": "true" } }, { matchLabels: { "to-edit": "true" } }] },
});
const others = [
  role("z", ["pods", "events"], "to-view"),
  role("b", ["pods"], "to-view"),
  role("a", ["secrets"], "to-edit"),
  role("c", ["nodes"]),
];

test("gathers each rule once, by the order of selectors and then of names, and not its own", () => {
  const old = view("jobs");
  const [action] = decide({ role: old, all: [old, ...others] });
  assert.equal(action?.role.rules, ["pods", "events", "secrets"].map(may));
});
test("writes nothing when the rules are there", () => assert.equal(decide({ role: view("pods", "events", "secrets"), all: others }), []));
test("takes all rules away when nothing is selected", () => assert.equal(decide({ role: view("pods"), all: [] })[0]?.role.rules, []));
test("leaves a role alone that aggregates nothing", () => assert.equal(decide({ role: role("c", ["nodes"]), all: others }), []));
