import { newerAutoscaler, olderAutoscaler } from "#api/autoscaling/v1/convert.ts";
import type { V2HorizontalPodAutoscaler } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("autoscaling/v1/convert");

const newer: V2HorizontalPodAutoscaler = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name: "web", annotations: { note: "kept" } },
  spec: {
    minReplicas: 1,
    maxReplicas: 5,
    scaleTargetRef: { kind: "Deployment", name: "web", apiVersion: "apps/v1" },
    metrics: [
      {
        type: "Pods",
        pods: { metric: { name: "rate", selector: { matchLabels: { a: "b" } } }, target: { type: "AverageValue", averageValue: "10" } },
      },
      {
        type: "Object",
        object: { describedObject: { kind: "Service", name: "s" }, metric: { name: "queue" }, target: { type: "Value", value: "3" } },
      },
      { type: "External", external: { metric: { name: "depth" }, target: { type: "AverageValue", averageValue: "3" } } },
      {
        type: "ContainerResource",
        containerResource: { name: "memory", container: "app", target: { type: "AverageValue", averageValue: "3Mi" } },
      },
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
    ],
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 3, selectPolicy: "Max", policies: [{ type: "Pods", value: 1, periodSeconds: 3 }] },
      scaleDown: { selectPolicy: "Min", policies: [{ type: "Pods", value: 1, periodSeconds: 3 }] },
    },
  },
  status: {
    desiredReplicas: 2,
    currentReplicas: 1,
    currentMetrics: [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: 20, averageValue: "5m" } } }],
    conditions: [{ type: "AbleToScale", status: "True" }],
  },
};

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("an autoscaler that goes through the older version comes back as it was", () => {
  assert.equal(plain(newerAutoscaler(olderAutoscaler(newer))), newer);
});

test("the older version has fields for processors, and annotations for the rest", () => {
  const { spec, status, metadata } = olderAutoscaler(newer);
  assert.is(spec?.targetCPUUtilizationPercentage, 50);
  assert.is(status?.currentCPUUtilizationPercentage, 20);
  assert.equal(Object.keys(metadata?.annotations ?? {}), [
    "note",
    ...["metrics", "behavior", "current-metrics", "conditions"].map((name) => `autoscaling.alpha.kubernetes.io/${name}`),
  ]);
});

test("what a client wrote into the annotations may be anything", () => {
  for (const text of ["", "{", "5", "[5, null]", '[{"pods": 5}]', '{"ScaleUp": 5}', '[{"type": {}}]']) {
    const names = ["metrics", "behavior", "current-metrics", "conditions"];
    const annotations = Object.fromEntries(names.map((name) => [`autoscaling.alpha.kubernetes.io/${name}`, text]));
    const spec = { maxReplicas: 1, scaleTargetRef: { kind: "Deployment", name: "web" }, targetCPUUtilizationPercentage: 7 };
    const status = { currentReplicas: 0, desiredReplicas: 0 };
    const made = newerAutoscaler({ metadata: { name: "web", annotations }, spec, status });
    assert.is(made.spec?.metrics?.at(-1)?.resource?.target.averageUtilization, 7, text);
    assert.is(made.metadata?.annotations, undefined, text);
  }
});
