// What conformance asks of single kinds beyond their operations, over HTTPS: what is refused, what may not change, what is filled in.
import * as assert from "uvu/assert";
import type { V1Pod, V1Service, V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { MERGE, withWire, type List, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/objects", 20_000);

const DEFAULT = "/api/v1/namespaces/default";
const messageOf = async (wire: Wire, ...asked: Parameters<Wire["ask"]>): Promise<string> => {
  const { code, body } = await wire.ask<V1Status>(...asked);
  return `${code} ${body.message}`;
};
const podWith = (name: string, spec: object, container: object = {}): object => ({
  metadata: { name },
  spec: { containers: [{ name: "main", image: "x", ...container }], ...spec },
});

for (const [resource, kind] of [
  ["configmaps", "ConfigMap"],
  ["secrets", "Secret"],
] as const) {
  test(`a ${kind} with an empty key is refused`, () =>
    withWire(async (wire) => {
      const said = await messageOf(wire, "POST", `${DEFAULT}/${resource}`, { body: { metadata: { name: "a" }, data: { "": "dg==" } } });
      assert.match(said, new RegExp(`^422 ${kind} "a" is invalid: data\\[\\]: Invalid value: "": `));
    }));

  test(`an immutable ${kind} keeps its data and stays immutable; its metadata may change`, () =>
    withWire(async (wire) => {
      const path = `${DEFAULT}/${resource}/a`;
      await wire.must("POST", `${DEFAULT}/${resource}`, { body: { metadata: { name: "a" }, data: { k: "dg==" } } });
      await wire.must("PATCH", path, { body: { data: { k: "dnY=" } }, type: MERGE });
      await wire.must("PATCH", path, { body: { immutable: true }, type: MERGE });
      const patch = (body: object): Promise<string> => messageOf(wire, "PATCH", path, { body, type: MERGE });
      assert.match(await patch({ data: { k: "dg==" } }), /^422 .*data: Forbidden: field is immutable when `immutable` is set/);
      assert.match(await patch({ immutable: false }), /^422 .*immutable: Forbidden: field is immutable when `immutable` is set/);
      await wire.must("PATCH", path, { body: { metadata: { labels: { a: "b" } } }, type: MERGE });
      await wire.must("DELETE", path);
    }));
}

test("a pod's quality of service follows from its requests and limits", () =>
  withWire(async (wire) => {
    const classOf = async (name: string, resources: object): Promise<string | undefined> =>
      (await wire.must<V1Pod>("POST", `${DEFAULT}/pods`, { body: podWith(name, {}, { resources }) })).status?.qosClass;
    const all = { cpu: "100m", memory: "100Mi" };
    assert.is(await classOf("guaranteed", { requests: all, limits: all }), "Guaranteed");
    assert.is(await classOf("burstable", { requests: { cpu: "100m" } }), "Burstable");
    assert.is(await classOf("besteffort", {}), "BestEffort");
  }));

test("sysctls with invalid names are refused, all of them", () =>
  withWire(async (wire) => {
    const sysctls = ["foo-", "kernel.shmmax", "safe-and-unsafe", "bar.."].map((name) => ({ name, value: "1" }));
    const said = await messageOf(wire, "POST", `${DEFAULT}/pods`, { body: podWith("one", { securityContext: { sysctls } }) });
    assert.match(said, /^422 /);
    assert.match(said, /spec\.securityContext\.sysctls\[0\]\.name: Invalid value: "foo-"/);
    assert.match(said, /spec\.securityContext\.sysctls\[3\]\.name: Invalid value: "bar\.\."/);
    assert.not.match(said, "sysctls[1]");
  }));

test("a pod of a runtime class has its overhead; of none that exists, or that was deleted, it is refused", () =>
  withWire(async (wire) => {
    const classes = "/apis/node.k8s.io/v1/runtimeclasses";
    await wire.must("POST", classes, { body: { metadata: { name: "heavy" }, handler: "shared", overhead: { podFixed: { cpu: "10m" } } } });
    await wire.must("POST", classes, { body: { metadata: { name: "light" }, handler: "shared" } });
    const post = (name: string, runtimeClassName: string): Promise<V1Pod> =>
      wire.must("POST", `${DEFAULT}/pods`, { body: podWith(name, { runtimeClassName }) });
    assert.equal((await post("heavy", "heavy")).spec?.overhead, { cpu: "10m" });
    assert.is((await post("light", "light")).spec?.overhead, undefined);
    await wire.must("DELETE", `${classes}/light`);
    for (const gone of ["light", "none"]) {
      const said = await messageOf(wire, "POST", `${DEFAULT}/pods`, { body: podWith("two", { runtimeClassName: gone }) });
      assert.match(said, new RegExp(`^403 pods "two" is forbidden: pod rejected: RuntimeClass "${gone}" not found`));
    }
  }));

test("a priority class keeps its value; its description may change", () =>
  withWire(async (wire) => {
    const classes = "/apis/scheduling.k8s.io/v1/priorityclasses";
    await wire.must("POST", classes, { body: { metadata: { name: "high" }, value: 10 } });
    const patch = (body: object): Promise<string> => messageOf(wire, "PATCH", `${classes}/high`, { body, type: MERGE });
    assert.match(await patch({ value: 11 }), /^422 .*value: Forbidden: may not be changed in an update/);
    assert.match(await patch({ description: "more" }), /^200/);
  }));

test("a service's status is patched and updated; services are found everywhere and deleted by label", () =>
  withWire(async (wire) => {
    const ports = [{ port: 80 }];
    const services = `${DEFAULT}/services`;
    for (const name of ["a", "b", "c"])
      await wire.must("POST", services, {
        body: { metadata: { name, labels: { set: name === "c" ? "no" : "yes" } }, spec: { type: "LoadBalancer", ports } },
      });
    const ingress = [{ ip: "203.0.113.1" }];
    const patched = await wire.must<V1Service>("PATCH", `${services}/a/status`, {
      body: { metadata: { annotations: { patched: "true" } }, status: { loadBalancer: { ingress } } },
      type: MERGE,
    });
    assert.is(patched.metadata?.annotations?.["patched"], "true");
    const conditions = [{ type: "StatusUpdate", status: "True", reason: "E2E", message: "x", lastTransitionTime: "2026-01-01T00:00:00Z" }];
    const put = await wire.must<V1Service>("PUT", `${services}/a/status`, {
      body: { ...patched, status: { ...patched.status, conditions } },
    });
    assert.is(put.status?.conditions?.[0]?.type, "StatusUpdate");
    await wire.must("DELETE", `${services}?labelSelector=set=yes`);
    const { items } = await wire.must<List>("GET", "/api/v1/services?fieldSelector=metadata.namespace=default");
    assert.equal(
      items.map(({ metadata }) => metadata.name).filter((name) => name !== "kubernetes"),
      ["c"],
    );
  }));

for (const [api, text, change, body] of [
  [
    "/api/v1",
    "message",
    { message: "two" },
    { involvedObject: { namespace: "default", name: "x", kind: "Pod" }, type: "Normal", reason: "Test" },
  ],
  [
    "/apis/events.k8s.io/v1",
    "note",
    { series: { count: 2, lastObservedTime: "2026-01-01T12:00:00.000000Z" } },
    {
      regarding: { namespace: "default", name: "x", kind: "Pod" },
      type: "Normal",
      reason: "Test",
      action: "Do",
      reportingController: "test",
      reportingInstance: "test-1",
      eventTime: "2026-01-01T00:00:00.000000Z",
    },
  ],
] as const)
  test(`an event of ${api} is created, listed, patched, its series updated, and deleted by label`, () =>
    withWire(async (wire) => {
      const events = `${api}/namespaces/default/events`;
      for (const name of ["a", "b"])
        await wire.must("POST", events, { body: { ...body, metadata: { name, labels: { set: "yes" } }, [text]: "one" } });
      const patched = await wire.must("PATCH", `${events}/a`, { body: change, type: MERGE });
      for (const [field, value] of Object.entries(change)) assert.equal(patched[field], value);
      const series = { count: 100, lastObservedTime: "2026-01-02T00:00:00.000000Z" };
      const updated = await wire.must("PUT", `${events}/a`, { body: { ...patched, series } });
      assert.equal(updated["series"], series);
      assert.is((await wire.must<List>("GET", `${api}/events?labelSelector=set=yes`)).items.length, 2);
      await wire.must("DELETE", `${events}/a`);
      await wire.must("DELETE", `${events}?labelSelector=set=yes`);
      assert.equal((await wire.must<List>("GET", `${api}/events?labelSelector=set=yes`)).items, []);
    }));

test("a limit range gives a pod its defaults and keeps it within bounds", () =>
  withWire(async (wire) => {
    const limits = [
      { type: "Container", min: { cpu: "50m" }, max: { cpu: "500m" }, default: { cpu: "300m" }, defaultRequest: { cpu: "100m" } },
    ];
    await wire.must("POST", `${DEFAULT}/limitranges`, { body: { metadata: { name: "cpu" }, spec: { limits } } });
    const post = (name: string, requests: object, bounds: object): Parameters<Wire["ask"]> => [
      "POST",
      `${DEFAULT}/pods`,
      { body: podWith(name, {}, { resources: { requests, limits: bounds } }) },
    ];
    const { spec } = await wire.must<V1Pod>(...post("plain", {}, {}));
    assert.equal(spec?.containers[0]?.resources, { requests: { cpu: "100m" }, limits: { cpu: "300m" } });
    assert.match(
      await messageOf(wire, ...post("small", { cpu: "10m" }, {})),
      /^403 .*minimum cpu usage per Container is 50m, but request is 10m/,
    );
    assert.match(
      await messageOf(wire, ...post("large", {}, { cpu: "600m" })),
      /^403 .*maximum cpu usage per Container is 500m, but limit is 600m/,
    );
  }));
