import * as assert from "uvu/assert";
import type { V1Container } from "#api/generated/types.ts";
import { environmentOf, referencesOf, type Made, type Sources } from "#actors/kubelet/environment/env.ts";
import { StartError } from "#actors/kubelet/pod/services.ts";
import { suite } from "#test/support/suite.ts";
import { aContainer, boundPod } from "../pod/pods.ts";

const test = suite("environment");

const sources: Sources = {
  node: { podIps: ["10.64.0.1"], hostIps: ["192.0.2.1"], allocatable: { cpu: "4", memory: "8Gi" } },
  services: new Map([["DB_SERVICE_HOST", "10.96.0.7"]]),
  configMaps: new Map([
    ["settings", { a: "1", "b.c": "2", "x=y": "3" }],
    ["none", undefined],
  ]),
  secrets: new Map([["keys", { password: "s3cret" }]]),
};
const made = (container: Partial<V1Container>): Made => environmentOf(boundPod(), aContainer(container), sources);
const env = (container: Partial<V1Container>): { readonly [name: string]: string } =>
  Object.fromEntries(made(container).environment.env.map(({ name, value }) => [name, value]));
const refusal = (container: Partial<V1Container>): string => {
  try {
    made(container);
  } catch (error) {
    if (error instanceof StartError) return `${error.reason}: ${error.message}`;
  }
  return "no refusal";
};

test("gives values, fields, resources, config maps and secrets", () => {
  const variables = env({
    resources: { limits: { memory: "64Mi" } },
    env: [
      { name: "PLAIN", value: "x" },
      { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "MEMORY", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
      { name: "CPUS", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
      { name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } },
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "keys", key: "password" } } },
    ],
  });
  assert.equal(variables, {
    PLAIN: "x",
    IP: "10.64.0.1",
    MEMORY: "64",
    CPUS: "4",
    A: "1",
    PASSWORD: "s3cret",
    DB_SERVICE_HOST: "10.96.0.7",
  });
});

test("expands what stands before, and services, but not what comes after", () => {
  const { LATER, HOST } = env({
    env: [
      { name: "LATER", value: "$(HOST)" },
      { name: "HOST", value: "$(DB_SERVICE_HOST):$(LATER)" },
    ],
  });
  assert.equal([LATER, HOST], ["$(HOST)", "10.96.0.7:$(HOST)"]);
});

test("lets env be stronger than envFrom, and both than services", () => {
  const variables = env({
    envFrom: [{ configMapRef: { name: "settings" }, prefix: "P_" }],
    env: [
      { name: "P_a", value: "mine" },
      { name: "DB_SERVICE_HOST", value: "other" },
    ],
  });
  assert.equal([variables["P_a"], variables["P_b.c"], variables["DB_SERVICE_HOST"]], ["mine", "2", "other"]);
});

test("leaves out names that are none, and says which", () => {
  assert.equal(made({ envFrom: [{ configMapRef: { name: "settings" } }] }).skipped, [{ from: "configMap settings", names: ["x=y"] }]);
});

test("says what is missing, in upstream's words", () => {
  const from = (valueFrom: object) => refusal({ env: [{ name: "A", valueFrom }] });
  assert.equal(
    [
      from({ configMapKeyRef: { name: "none", key: "a" } }),
      from({ configMapKeyRef: { name: "settings", key: "z" } }),
      from({ secretKeyRef: { name: "keys", key: "z" } }),
      refusal({ envFrom: [{ secretRef: { name: "gone" } }] }),
    ],
    [
      'CreateContainerConfigError: configmap "none" not found',
      "CreateContainerConfigError: couldn't find key z in ConfigMap default/settings",
      "CreateContainerConfigError: couldn't find key z in Secret default/keys",
      'CreateContainerConfigError: secret "gone" not found',
    ],
  );
});

test("does without what is optional", () => {
  const optional = true;
  const variables = env({
    envFrom: [{ secretRef: { name: "gone", optional } }],
    env: [
      { name: "A", valueFrom: { configMapKeyRef: { name: "none", key: "a", optional } } },
      { name: "B", valueFrom: { configMapKeyRef: { name: "settings", key: "z", optional } } },
    ],
  });
  assert.equal(Object.keys(variables), ["DB_SERVICE_HOST"]);
});

test("expands command and arguments", () => {
  const { environment } = made({ command: ["$(A)"], args: ["$$(A)", "$(NO)"], env: [{ name: "A", value: "run" }] });
  assert.equal([environment.command, environment.args], [["run"], ["$(A)", "$(NO)"]]);
  assert.is(made({}).environment.command, undefined);
});

test("knows what it needs to read", () => {
  const container = aContainer({
    envFrom: [{ configMapRef: { name: "a" } }, { secretRef: { name: "s" } }],
    env: [
      { name: "A", valueFrom: { configMapKeyRef: { name: "b", key: "" } } },
      { name: "B", valueFrom: { secretKeyRef: { name: "t", key: "" } } },
    ],
  });
  assert.equal(referencesOf(container), { configMaps: new Set(["a", "b"]), secrets: new Set(["s", "t"]) });
});
