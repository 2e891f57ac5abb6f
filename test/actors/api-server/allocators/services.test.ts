import * as assert from "uvu/assert";
import type { V1Service, V1ServiceSpec } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { addressAt, addressRange, inRange } from "#actors/api-server/allocators/address-range.ts";
import { MemoryStore, emptyContent } from "#actors/store/memory.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/allocators/services");
type Service = Stored<V1Service>;

const at = (name: string) => ({ of: "services", namespace: "default", name }) as const;
const body = (name: string, spec: V1ServiceSpec): V1Service => ({
  metadata: { name },
  spec: { ports: [{ port: 80 }], selector: { app: "web" }, ...spec },
});
const ask = (api: TestServer, name: string, spec: V1ServiceSpec = {}, verb: "create" | "update" = "create") =>
  api.ask({ ...at(name), verb, body: body(name, spec) });
const must = async (api: TestServer, name: string, spec: V1ServiceSpec = {}): Promise<Service> =>
  api.must({ ...at(name), verb: "create", body: body(name, spec) });

test("a range has its usable addresses, the first for clients to choose", () => {
  const range = addressRange("10.96.0.0/16");
  assert.equal([range.size, range.staticSize], [65_534, 256]);
  assert.equal([addressAt(range, 0), addressAt(range, range.size - 1)], ["10.96.0.1", "10.96.255.254"]);
  const inside = ["10.96.0.0", "10.96.0.1", "10.96.255.254", "10.96.255.255", "10.97.0.1", "x"].map((ip) => inRange(range, ip));
  assert.equal(inside, [false, true, true, false, false, false]);
  assert.throws(() => addressRange("fd00::/64"));
});

test("a Service gets an address above those that clients choose", async () => {
  const api = await startApiServer();
  const { spec } = await must(api, "web");
  assert.match(spec?.clusterIP ?? "", /^10\.96\.\d+\.\d+$/);
  assert.not.match(spec?.clusterIP ?? "", /^10\.96\.0\./);
  assert.equal(spec?.clusterIPs, [spec?.clusterIP]);
  assert.equal([spec?.ipFamilies, spec?.ipFamilyPolicy], [["IPv4"], "SingleStack"]);
  await api.close();
});

test("a chosen address is had once, and free again when its Service is gone", async () => {
  const api = await startApiServer();
  await must(api, "web", { clusterIP: "10.96.0.10" });
  const taken = await ask(api, "other", { clusterIP: "10.96.0.10" });
  assert.is(taken.code, 422);
  assert.is(
    taken.body.message,
    'Service "other" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  );
  const outside = await ask(api, "other", { clusterIP: "10.1.0.10" });
  assert.match(outside.body.message ?? "", /failed to allocate IP 10\.1\.0\.10: the provided network does not match the current range$/);
  await api.must({ ...at("web"), verb: "delete" });
  await must(api, "other", { clusterIP: "10.96.0.10" });
  await api.close();
});

test("of concurrent claims of one address one wins", async () => {
  const api = await startApiServer();
  const answers = await Promise.all(["a", "b", "c"].map((name) => ask(api, name, { clusterIP: "10.96.0.20" })));
  assert.equal(
    answers.map(({ code }) => code).toSorted((a, b) => a - b),
    [201, 422, 422],
  );
  await api.close();
});

test("a refused or dry write holds nothing", async () => {
  const api = await startApiServer();
  await must(api, "web");
  assert.is((await ask(api, "web", { clusterIP: "10.96.0.30" })).code, 409);
  await api.must({ ...at("dry"), verb: "create", body: body("dry", { clusterIP: "10.96.0.30" }), options: { dryRun: ["All"] } });
  await must(api, "other", { clusterIP: "10.96.0.30" });
  await api.close();
});

test("an address stays for ever, and another in its place is refused as that", async () => {
  const api = await startApiServer();
  await must(api, "web");
  await must(api, "headless", { clusterIP: "None" });
  const move = async (name: string, clusterIP: string): Promise<string> => {
    const patch = { spec: { clusterIP, clusterIPs: [clusterIP] } };
    const { body: answer } = await api.ask({ ...at(name), verb: "patch", name, type: "application/merge-patch+json", body: patch });
    return (answer.message ?? "").replace(/^Service "\w+" is invalid: /, "");
  };
  assert.is(await move("web", "1.2.3.4"), 'spec.clusterIPs[0]: Invalid value: ["1.2.3.4"]: may not change once set');
  assert.is(await move("headless", "10.96.0.40"), 'spec.clusterIPs[0]: Invalid value: ["10.96.0.40"]: may not change once set');
  await api.close();
});

test("headless and external Services get no address", async () => {
  const api = await startApiServer();
  assert.equal((await must(api, "headless", { clusterIP: "None" })).spec?.clusterIPs, ["None"]);
  const { spec } = await api.must<Service>({
    ...at("ext"),
    verb: "create",
    body: { metadata: { name: "ext" }, spec: { type: "ExternalName", externalName: "example.com" } },
  });
  assert.equal([spec?.clusterIP, spec?.ipFamilies], [undefined, undefined]);
  const open = await api.must<Service>({
    ...at("open"),
    verb: "create",
    body: { metadata: { name: "open" }, spec: { clusterIP: "None", ports: [{ port: 80 }] } },
  });
  assert.equal([open.spec?.ipFamilies, open.spec?.ipFamilyPolicy], [["IPv4", "IPv6"], "RequireDualStack"]);
  await api.close();
});

test("a family that the cluster lacks is refused", async () => {
  const api = await startApiServer();
  assert.match(
    (await ask(api, "web", { ipFamilies: ["IPv6"] })).body.message ?? "",
    /spec\.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/,
  );
  assert.match(
    (await ask(api, "web", { ipFamilyPolicy: "RequireDualStack" })).body.message ?? "",
    /this cluster is not configured for dual-stack services/,
  );
  assert.is((await must(api, "web", { ipFamilyPolicy: "PreferDualStack" })).spec?.ipFamilyPolicy, "PreferDualStack");
  await api.close();
});

test("node ports are given, chosen once, and shared by protocols of one port", async () => {
  const api = await startApiServer();
  const { spec } = await must(api, "web", {
    type: "NodePort",
    ports: [
      { name: "a", port: 80, protocol: "TCP" },
      { name: "b", port: 80, protocol: "UDP" },
      { name: "c", port: 81, nodePort: 30_100 },
    ],
  });
  const [tcp, udp, chosen] = (spec?.ports ?? []).map(({ nodePort }) => nodePort ?? 0);
  assert.ok(tcp !== undefined && tcp >= 30_000 && tcp <= 32_767);
  assert.is(tcp, udp);
  assert.is(chosen, 30_100);
  const message = async (nodePort: number) =>
    (await ask(api, "other", { type: "NodePort", ports: [{ port: 80, nodePort }] })).body.message ?? "";
  assert.is(
    await message(30_100),
    'Service "other" is invalid: spec.ports[0].nodePort: Invalid value: 30100: provided port is already allocated',
  );
  assert.match(await message(80), /provided port is not in the valid range\. The range of valid ports is 30000-32767/);
  await api.close();
});

const patch = (api: TestServer, spec: object): Promise<Service> =>
  api.must({ ...at("web"), verb: "patch", body: { spec }, type: "application/merge-patch+json" });
const addressOf = ({ spec }: Service): string => spec?.clusterIP ?? "";
const nodePortOf = ({ spec }: Service): number => spec?.ports?.[0]?.nodePort ?? 0;

test("an update keeps what the Service has", async () => {
  const api = await startApiServer();
  const before = await must(api, "web", { type: "NodePort" });
  const after = (await ask(api, "web", { type: "NodePort" }, "update")).body as unknown as Service;
  assert.equal([addressOf(after), nodePortOf(after)], [addressOf(before), nodePortOf(before)]);
  await api.close();
});

test("an update gives back what the Service no longer needs", async () => {
  const api = await startApiServer();
  const before = await must(api, "web", { type: "NodePort" });
  assert.is(nodePortOf(await patch(api, { type: "ClusterIP" })), 0);
  await must(api, "other", { type: "NodePort", ports: [{ port: 80, nodePort: nodePortOf(before) }] });
  assert.is(addressOf(await patch(api, { type: "ExternalName", externalName: "example.com" })), "");
  await must(api, "third", { clusterIP: addressOf(before) });
  assert.match(addressOf(await patch(api, { type: "ClusterIP", externalName: null })), /^10\.96\./);
  await api.close();
});

test("a full range says so", async () => {
  const api = await startApiServer({ config: { serviceCidr: "10.96.0.0/29", nodePorts: { first: 30_000, last: 30_000 } } });
  for (const name of ["a", "b", "c", "d", "e"]) await must(api, name);
  const { code, body: status } = await ask(api, "f");
  assert.is(code, 500);
  assert.is(status.message, "Internal error occurred: failed to allocate a serviceIP: range is full");
  await api.must({ ...at("a"), verb: "patch", body: { spec: { type: "NodePort" } }, type: "application/merge-patch+json" });
  const ports = await api.ask({ ...at("b"), verb: "patch", body: { spec: { type: "NodePort" } }, type: "application/merge-patch+json" });
  assert.match(ports.body.message ?? "", /failed to allocate a nodePort: range is full/);
  await api.close();
});

test("a local load balancer gets a port for its health", async () => {
  const api = await startApiServer();
  const { spec } = await must(api, "web", { type: "LoadBalancer", externalTrafficPolicy: "Local" });
  assert.ok((spec?.healthCheckNodePort ?? 0) >= 30_000);
  assert.not.equal(spec?.healthCheckNodePort, spec?.ports?.[0]?.nodePort);
  await api.close();
});

test("a restarted server knows what is taken", async () => {
  const content = emptyContent();
  const first = await startApiServer({ store: new MemoryStore(content) });
  await must(first, "web", { clusterIP: "10.96.0.40" });
  await first.close();
  const second = await startApiServer({ store: new MemoryStore(content) });
  assert.is((await ask(second, "other", { clusterIP: "10.96.0.40" })).code, 422);
  await second.close();
});
