import * as assert from "uvu/assert";
import { servedGroups } from "#actors/api-server/discovery/groups.ts";
import { configMaps } from "#api/core/v1/config-map.ts";
import type { Kind } from "#api/kind.ts";
import { kinds } from "#api/resources.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("discovery/groups");

const custom = (group: string, version: string): Kind => ({ ...(configMaps as unknown as Kind), group, version });
const remote = (version: string, group: string, [groupPriorityMinimum, versionPriority]: readonly [number, number]) => ({
  name: `${version}.${group}`,
  group,
  version,
  groupPriorityMinimum,
  versionPriority,
  available: true,
});
const names = (...given: Parameters<typeof servedGroups>): readonly string[] => servedGroups(...given).map(({ name }) => name);

// upstream: what `kubectl get --raw /apis` lists on a new cluster, in its order
const BUILT_IN = `apiregistration.k8s.io apps events.k8s.io authentication.k8s.io authorization.k8s.io autoscaling batch
  certificates.k8s.io networking.k8s.io policy rbac.authorization.k8s.io storage.k8s.io admissionregistration.k8s.io
  apiextensions.k8s.io scheduling.k8s.io coordination.k8s.io node.k8s.io discovery.k8s.io resource.k8s.io
  flowcontrol.apiserver.k8s.io`.split(/\s+/);

test("the built-in groups stand in upstream's order, the core group not among them", () => {
  assert.equal(names(kinds.toReversed(), []), BUILT_IN);
});

test("custom groups follow, by name; their versions by maturity, whatever is stored", () => {
  const own = [custom("b.example.com", "v1beta1"), custom("b.example.com", "v1"), custom("a.example.com", "v1alpha1")];
  assert.equal(names([...own, ...kinds], []), [...BUILT_IN, "a.example.com", "b.example.com"]);
  const [, group] = servedGroups(own, []);
  assert.equal(
    group?.versions.map(({ version }) => version),
    ["v1", "v1beta1"],
  );
});

test("a group of another server stands where the most important of its versions says", () => {
  const remotes = [remote("v1beta1", "metrics.k8s.io", [100, 100]), remote("v1", "metrics.k8s.io", [17_450, 1])];
  assert.equal(names(kinds, remotes).slice(5, 8), ["autoscaling", "metrics.k8s.io", "batch"]);
  const found = servedGroups(kinds, remotes).find(({ name }) => name === "metrics.k8s.io");
  assert.equal(
    found?.versions.map(({ version }) => version),
    ["v1beta1", "v1"],
  );
});

test("a version that another server is registered for is that server's, the group's other versions are not", () => {
  const own = [custom("a.example.com", "v1"), custom("a.example.com", "v2")];
  const [group] = servedGroups(own, [remote("v1", "a.example.com", [10, 10])]);
  assert.equal(
    group?.versions.map(({ version, kinds: { length }, remote: other }) => [version, length, other?.name]),
    [
      ["v2", 1, undefined],
      ["v1", 0, "v1.a.example.com"],
    ],
  );
});
