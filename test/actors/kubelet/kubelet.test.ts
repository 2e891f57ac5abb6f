import * as assert from "uvu/assert";
import { pods } from "#api/core/v1/pod.ts";
import { isReason } from "#api/meta/status.ts";
import { suite } from "#test/support/suite.ts";
import { aBoundPod, onNode } from "./node.ts";

const test = suite("kubelet");

test("runs a bound pod, reports it, and removes it when it is deleted", () =>
  onNode(async (node) => {
    await node.bind(aBoundPod());
    const { status } = await node.reaches("Running");
    assert.equal(node.runtime.running, ["main"]);
    assert.is(status?.podIP, "10.64.0.1");
    assert.is(status?.conditions?.find(({ type }) => type === "Ready")?.status, "True");
    await node.client.delete(pods, { namespace: "default", name: "web" });
    await node.until(() =>
      node.pod().then(
        () => false,
        (error) => isReason(error, "NotFound"),
      ),
    );
    assert.equal(node.runtime.running, []);
    assert.is(node.runtime.pods.size, 0);
  }));
