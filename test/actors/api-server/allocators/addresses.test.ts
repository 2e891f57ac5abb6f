import * as assert from "uvu/assert";
import fc from "fast-check";
import type { V1IPAddress, V1Service, V1ServiceCIDR, V1ServiceSpec } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { addressesFrom, addressRange, inRange } from "#actors/api-server/allocators/address-range.ts";
import { addressOf } from "#actors/api-server/allocators/cluster-addresses.ts";
import { repairsOf } from "#actors/api-server/allocators/repair.ts";
import { emptyContent, MemoryStore } from "#actors/store/memory.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type Answer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/allocators/addresses");

const ADDRESSES = { of: "ipaddresses.networking.k8s.io/v1" };
const CIDRS = { of: "servicecidrs.networking.k8s.io/v1" };
const MERGE = "application/merge-patch+json";

const createService = (api: TestServer, name: string, spec: V1ServiceSpec = {}, options = {}): Promise<Answer> =>
  api.ask({
    of: "services",
    namespace: "default",
    verb: "create",
    options,
    body: { metadata: { name }, spec: { ports: [{ port: 80 }], selector: { app: "web" }, ...spec } },
  });
const deleteService = (api: TestServer, name: string) => api.must({ of: "services", namespace: "default", name, verb: "delete" });
const ipOf = ({ body }: Answer): string => (body as unknown as V1Service).spec?.clusterIP ?? "";
const had = async (api: TestServer): Promise<readonly Stored<V1IPAddress>[]> =>
  (await api.must<{ readonly items: readonly Stored<V1IPAddress>[] }>({ ...ADDRESSES, verb: "list" })).items;
const owners = async (api: TestServer): Promise<readonly string[]> =>
  (await had(api)).map(({ spec }) => `${spec?.parentRef.namespace ?? ""}/${spec?.parentRef.name ?? ""}`).toSorted();
const createCidr = (api: TestServer, name: string, cidr: string) =>
  api.must<Stored<V1ServiceCIDR>>({ ...CIDRS, verb: "create", body: { metadata: { name }, spec: { cidrs: [cidr] } } });

const withServer = async (body: (api: TestServer) => Promise<void>, serviceCidr = "10.96.0.0/16"): Promise<void> => {
  const api = await startApiServer({ config: { serviceCidr } });
  try {
    await body(api);
  } finally {
    await api.close();
  }
};

test("a cluster begins with its network, and with the address of the API", () =>
  withServer(async (api) => {
    const { spec, status } = await api.must<V1ServiceCIDR>({ ...CIDRS, verb: "get", name: "kubernetes" });
    assert.equal(spec?.cidrs, ["10.96.0.0/16"]);
    const [ready] = status?.conditions ?? [];
    assert.equal([ready?.type, ready?.status, ready?.message], ["Ready", "True", "Kubernetes default Service CIDR is ready"]);
    assert.equal(await owners(api), ["default/kubernetes"]);
  }));

test("an address is an IPAddress of its Service, as long as the Service is there", () =>
  withServer(async (api) => {
    const address = ipOf(await createService(api, "web"));
    const { metadata, spec } = await api.must<V1IPAddress>({ ...ADDRESSES, verb: "get", name: address });
    assert.equal(metadata?.labels, {
      "ipaddress.kubernetes.io/ip-family": "IPv4",
      "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    });
    assert.equal(spec?.parentRef, { resource: "services", namespace: "default", name: "web" });
    await deleteService(api, "web");
    assert.equal(await owners(api), ["default/kubernetes"]);
  }));

test("no IPAddress stays of a Service that is refused, tried, external or headless", () =>
  withServer(async (api) => {
    assert.is((await createService(api, "web", { ports: [{ port: 0 }] })).code, 422);
    assert.is((await createService(api, "web", {}, { dryRun: ["All"] })).code, 201);
    await createService(api, "web", { clusterIP: "None" });
    assert.is((await createService(api, "web")).code, 409);
    const changing = await createService(api, "changing");
    await api.must({
      of: "services",
      namespace: "default",
      name: "changing",
      verb: "patch",
      body: { spec: { type: "ExternalName", externalName: "example.com" } },
      type: MERGE,
    });
    assert.equal(await owners(api), ["default/kubernetes"]);
    assert.is((await createService(api, "next", { clusterIP: ipOf(changing) })).code, 201);
  }));

test("a finalizer keeps the address until it is gone", () =>
  withServer(async (api) => {
    await createService(api, "web");
    const place = { of: "services", namespace: "default", name: "web" };
    await api.must({ ...place, verb: "patch", body: { metadata: { finalizers: ["example.com/x"] } }, type: MERGE });
    await deleteService(api, "web");
    assert.equal(await owners(api), ["default/kubernetes", "default/web"]);
    await api.must({ ...place, verb: "patch", body: { metadata: { finalizers: null } }, type: MERGE });
    assert.equal(await owners(api), ["default/kubernetes"]);
  }));

test("an address that something else has is not given", () =>
  withServer(async (api) => {
    const body = { metadata: { name: "10.96.0.9" }, spec: { parentRef: { group: "example.com", resource: "gateways", name: "g" } } };
    await api.must({ ...ADDRESSES, verb: "create", body });
    assert.match(
      (await createService(api, "web", { clusterIP: "10.96.0.9" })).body.message ?? "",
      /failed to allocate IP 10\.96\.0\.9: provided IP is already allocated$/,
    );
  }));

test("a Service that is there is refused as such, though it wishes for its own address", () =>
  withServer(async (api) => {
    await createService(api, "web", { clusterIP: "10.96.0.9" });
    assert.is((await createService(api, "web", { clusterIP: "10.96.0.9" })).code, 409);
    assert.equal(await owners(api), ["default/kubernetes", "default/web"]);
  }));

test("another ServiceCIDR extends a full range, until it is to go", () =>
  withServer(async (api) => {
    for (const name of ["a", "b", "c", "d", "e"]) assert.is((await createService(api, name)).code, 201);
    assert.match((await createService(api, "f")).body.message ?? "", /range is full/);
    const more = await createCidr(api, "more", "10.97.0.0/24");
    assert.match(ipOf(await createService(api, "f")), /^10\.97\.0\./);
    assert.is((await createService(api, "g", { clusterIP: "10.97.0.77" })).code, 201);
    const conditions = [{ type: "Ready", status: "False", reason: "Terminating", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" }];
    await api.must({ ...CIDRS, verb: "update", name: "more", subresource: "status", body: { ...more, status: { conditions } } });
    assert.match((await createService(api, "h")).body.message ?? "", /range is full/);
    assert.match((await createService(api, "h", { clusterIP: "10.97.0.78" })).body.message ?? "", /does not match the current range/);
  }, "10.96.0.0/29"));

test("two servers on one store give each address once", async () => {
  const content = emptyContent();
  const config = { shared: true, serviceCidr: "10.96.0.0/27" };
  const first = await startApiServer({ store: new MemoryStore(content), config });
  const second = await startApiServer({ store: new MemoryStore(content), config, clock: first.clock, random: seededRandom(1) });
  const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
  const made = await Promise.all(names.flatMap((name) => [createService(first, `${name}a`), createService(second, `${name}b`)]));
  assert.equal(new Set(made.map(({ code }) => code)), new Set([201]));
  assert.is(new Set(made.map(ipOf)).size, made.length);
  const wished = await Promise.all([first, second].map((api, at) => createService(api, `w${at}`, { clusterIP: "10.96.0.2" })));
  assert.ok(wished.filter(({ code }) => code === 201).length <= 1);
  await first.close();
  await second.close();
});

test("what servers and people left amiss is repaired: at the start, and from time to time", async () => {
  const content = emptyContent();
  const first = await startApiServer({ store: new MemoryStore(content) });
  const address = ipOf(await createService(first, "web"));
  await first.must({ ...ADDRESSES, verb: "delete", name: address });
  assert.match((await createService(first, "thief", { clusterIP: address })).body.message ?? "", /already allocated/);
  await first.close();
  const second = await startApiServer({ store: new MemoryStore(content) });
  assert.equal(await owners(second), ["default/kubernetes", "default/web"]);
  await second.must({ ...ADDRESSES, verb: "create", body: addressOf("10.96.0.50", { metadata: { namespace: "default", name: "lost" } }) });
  await second.clock.advance(200_000);
  let left: readonly string[] = [];
  await second.clock.until(() => {
    void owners(second).then((found) => (left = found));
    return left.length === 2;
  });
  assert.equal(left, ["default/kubernetes", "default/web"]);
  await second.close();
});

const service = (name: string, clusterIP: string): Stored<V1Service> =>
  ({ metadata: { namespace: "default", name }, spec: { clusterIP, clusterIPs: [clusterIP] } }) as unknown as Stored<V1Service>;
const ipAddress = (ip: string, owner: string, createdAt = "2026-01-01T00:00:00Z"): Stored<V1IPAddress> => {
  const { metadata, ...rest } = addressOf(ip, { metadata: { namespace: "default", name: owner } });
  return { ...rest, metadata: { ...metadata, uid: `uid of ${ip}`, creationTimestamp: createdAt } } as unknown as Stored<V1IPAddress>;
};

test("a repair makes what is missing, makes anew what is wrong, and deletes what is left over once it is old", () => {
  const nowMs = Date.parse("2026-01-01T00:02:00Z");
  const [a, b] = [service("a", "10.96.0.1"), service("b", "10.96.0.2")];
  const doubled = service("doubled", "10.96.0.2");
  const addresses = [
    ipAddress("10.96.0.2", "a"),
    ipAddress("10.96.0.3", "gone"),
    ipAddress("10.96.0.4", "coming", "2026-01-01T00:01:30Z"),
    { ...ipAddress("10.96.0.5", "x"), metadata: { ...ipAddress("10.96.0.5", "x").metadata, labels: {} } },
  ];
  assert.equal(repairsOf({ services: [a, b, doubled, service("h", "None")], addresses }, nowMs), [
    { do: "create", address: "10.96.0.1", service: a },
    { do: "recreate", address: "10.96.0.2", uid: "uid of 10.96.0.2", service: b },
    { do: "delete", address: "10.96.0.3", uid: "uid of 10.96.0.3" },
  ]);
  assert.equal(repairsOf({ services: [a], addresses: [ipAddress("10.96.0.1", "a")] }, nowMs), []);
});

test("the addresses of a range are each given once, wherever one begins", () => {
  fc.assert(
    fc.property(fc.integer({ min: 22, max: 30 }), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (bits, start) => {
      const range = addressRange(`10.96.0.0/${bits}`);
      const given = [...addressesFrom(range, start)];
      return given.length === range.size && new Set(given).size === range.size && given.every((address) => inRange(range, address));
    }),
  );
});
