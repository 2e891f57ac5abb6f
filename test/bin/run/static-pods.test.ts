import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { layoutOf } from "#actors/cluster/layout.ts";
import { staticPods, staticStatusOf } from "#bin/run/static-pods.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("bin/run/static-pods");

test("shows each component of the control plane as a pod that nothing evicts", () => {
  assert.equal(
    staticPods.map(({ metadata }) => metadata?.name),
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "nats"],
  );
  for (const { metadata, spec } of staticPods) {
    assert.is(metadata?.namespace, "kube-system");
    assert.equal(spec?.tolerations, [{ operator: "Exists", effect: "NoExecute" }]);
  }
});

test("a pod fares as the process behind it, whether named with its node or without", () => {
  const layout = layoutOf(mkdtempSync(join(tmpdir(), "orrery-")));
  try {
    const statusOf = staticStatusOf(layout);
    const logPath = layout.logOf("controllers");
    assert.equal(statusOf("kube-scheduler"), { running: false, restartCount: 0, logPath });
    mkdirSync(layout.processes);
    writeFileSync(join(layout.processes, "controllers.json"), JSON.stringify({ startedAt: "2026-01-01T00:00:00Z" }));
    const running = { running: true, startedAt: Date.UTC(2026, 0, 1), restartCount: 0, logPath };
    assert.equal(statusOf("kube-scheduler"), running);
    assert.equal(statusOf("kube-controller-manager-control-plane"), running);
    assert.is(statusOf("coredns"), undefined);
  } finally {
    rmSync(layout.data, { recursive: true });
  }
});
