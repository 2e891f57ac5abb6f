import * as assert from "uvu/assert";
import { compareKubeVersions } from "#api/meta/kube-version.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("meta/kube-version");

// upstream: the example in APIServiceSpec.versionPriority
const ORDERED = ["v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10"];

test("orders versions by how mature they are, then by their numbers, others by their letters", () => {
  assert.equal(ORDERED.toReversed().toSorted(compareKubeVersions), ORDERED);
  assert.equal(ORDERED.toSorted(compareKubeVersions), ORDERED);
});

test("is no order but equality for a version and itself", () => {
  for (const version of ORDERED) assert.is(compareKubeVersions(version, version), 0, version);
});
