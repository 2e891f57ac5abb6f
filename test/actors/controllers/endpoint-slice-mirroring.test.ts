import * as assert from "uvu/assert";
import { decide, type Action, type Observed } from "#actors/controllers/endpoint-slice-mirroring/decide.ts";
import { endpointSliceMirroringController } from "#actors/controllers/endpoint-slice-mirroring/io.ts";
import { endpoints, type Endpoints } from "#api/core/v1/endpoints.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices, type EndpointSlice } from "#api/discovery/v1/endpoint-slice.ts";
import type { ObjectMeta, Stored } from "#api/meta/object.ts";
import { controlling } from "#test/support/controlling.ts";
import { aService, stored } from "#test/support/objects.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/endpoint-slice-mirroring");
const MANAGED = {
  "kubernetes.io/service-name": "own",
  "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
};
const HTTP = { name: "http", port: 80, protocol: "TCP" } as const;

const service = (selector?: { readonly [key: string]: string }) => stored(aService({ metadata: { name: "own" }, spec: { selector } }));
const written = (subsets: Endpoints["subsets"], metadata: ObjectMeta = {}): Stored<Endpoints> =>
  stored({ apiVersion: "v1", kind: "Endpoints", metadata: { namespace: "default", name: "own", ...metadata }, subsets });
const at = (...ips: readonly string[]) => ips.map((ip) => ({ ip }));
const observed = (from: Stored<Endpoints> | undefined, slices: readonly Stored<EndpointSlice>[] = []): Observed => ({
  service: service(),
  endpoints: from,
  slices,
});
const named = (slices: readonly EndpointSlice[]): readonly Stored<EndpointSlice>[] =>
  slices.map((slice, index) => stored(slice, { name: slice.metadata?.name ?? `own-${index}` }));
/** The slices that Endpoints make from nothing. */
const mirrored = (from: Stored<Endpoints>): readonly Stored<EndpointSlice>[] =>
  named(decide(observed(from)).flatMap((action) => (action.do === "create" ? [action.slice] : [])));
const words = (actions: readonly Action[]): readonly string[] => actions.map((action) => action.do);

test("a slice says what a subset says, and whose it is", () => {
  const [slice] = mirrored(
    written([{ addresses: [{ ip: "10.0.0.1", hostname: "a", nodeName: "n" }], notReadyAddresses: at("10.0.0.2"), ports: [HTTP] }]),
  );
  assert.equal(slice?.endpoints, [
    { addresses: ["10.0.0.1"], conditions: { ready: true }, hostname: "a", nodeName: "n" },
    { addresses: ["10.0.0.2"], conditions: { ready: false } },
  ]);
  assert.equal([slice?.addressType, slice?.ports, slice?.metadata.generateName], ["IPv4", [HTTP], "own-"]);
  assert.equal(slice?.metadata.labels, MANAGED);
  assert.equal(
    slice?.metadata.ownerReferences?.map(({ kind, name, controller }) => [kind, name, controller]),
    [["Endpoints", "own", true]],
  );
});

test("labels and annotations are mirrored, but for what clients write about their own writing", () => {
  const annotations = { note: "kept", "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  const [slice] = mirrored(written([{ addresses: at("10.0.0.1"), ports: [HTTP] }], { labels: { team: "a" }, annotations }));
  assert.equal(slice?.metadata.labels, { team: "a", ...MANAGED });
  assert.equal(slice?.metadata.annotations, { note: "kept" });
});

test("subsets are brought to their canonical form, and families lie in slices of their own", () => {
  const other = { name: "other", port: 81, protocol: "TCP" } as const;
  const slices = mirrored(
    written([
      { addresses: at("10.0.0.2", "10.0.0.1", "fd00::1"), ports: [HTTP] },
      { addresses: at("10.0.0.1", "10.0.0.2", "fd00::1"), ports: [other] },
    ]),
  );
  const told = slices.map(({ addressType, ports = [], endpoints: listed = [] }) => [
    addressType,
    ports.map(({ name }) => name).join(),
    listed.flatMap(({ addresses }) => addresses).join(),
  ]);
  assert.equal(told, [
    ["IPv4", "http,other", "10.0.0.1,10.0.0.2"],
    ["IPv6", "http,other", "fd00::1"],
  ]);
});

test("a subset without ports makes a slice without ports", () => {
  for (const ports of [undefined, []]) {
    const [slice] = mirrored(written([{ addresses: at("10.0.0.1"), ports }]));
    assert.equal([slice?.ports, slice?.endpoints?.length], [[], 1]);
  }
});

test("nothing is written when nothing changed, whatever the order of addresses", () => {
  const slices = mirrored(written([{ addresses: at("10.0.0.1", "10.0.0.2"), ports: [HTTP] }]));
  assert.equal(decide(observed(written([{ addresses: at("10.0.0.2", "10.0.0.1"), ports: [HTTP] }]), slices)), []);
});

test("a slice changes its ports in place, and one too many goes", () => {
  const before = mirrored(
    written([
      { addresses: at("10.0.0.1"), ports: [HTTP] },
      { addresses: at("10.0.0.2"), ports: [{ ...HTTP, port: 81 }] },
    ]),
  );
  assert.is(before.length, 2);
  const actions = decide(observed(written([{ addresses: at("10.0.0.1"), ports: [{ ...HTTP, port: 82 }] }]), before));
  assert.equal(words(actions), ["update", "delete"]);
});

test("a thousand addresses of a subset are mirrored, and a warning counts the others", () => {
  const many = Array.from({ length: 1_003 }, (_, index) => `10.1.${index >> 8}.${index & 255}`);
  const actions = decide(observed(written([{ addresses: at(...many), ports: [HTTP] }])));
  assert.equal(words(actions), ["warn", "create"]);
  const [warning, created] = actions;
  assert.is(created?.do === "create" && created.slice.endpoints?.length, 1_000);
  assert.is(
    warning?.do === "warn" && warning.message,
    "A max of 1000 addresses can be mirrored to EndpointSlices per Endpoints subset. 3 addresses were skipped",
  );
});

test("Endpoints that are being deleted keep their slices, but get no new ones", () => {
  const [deleting, port] = [{ deletionTimestamp: "2026-01-01T00:00:00Z" }, { ...HTTP, port: 81 }];
  const before = mirrored(written([{ addresses: at("10.0.0.1"), ports: [HTTP] }]));
  assert.equal(words(decide(observed(written([{ addresses: at("10.0.0.1"), ports: [port] }], deleting), before))), ["update"]);
  assert.equal(decide(observed(written([{ addresses: at("10.0.0.1"), ports: [port] }], deleting))), []);
});

const SUBSETS = [{ addresses: at("10.0.0.1"), ports: [HTTP] }];
const slices = mirrored(written(SUBSETS));
const ENDS: readonly (readonly [string, Observed])[] = [
  ["the Endpoints are gone", observed(undefined, slices)],
  ["the Service is gone", { ...observed(written(SUBSETS), slices), service: undefined }],
  ["the Service has a selector", { ...observed(written(SUBSETS), slices), service: service({ app: "web" }) }],
  ["their label says so", observed(written(SUBSETS, { labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } }), slices)],
  ["they are a leader's", observed(written(SUBSETS, { annotations: { "control-plane.alpha.kubernetes.io/leader": "{}" } }), slices)],
  ["they have no subsets", observed(written([]), slices)],
];
for (const [why, world] of ENDS)
  test(`slices go when ${why}, and others' slices stay`, () => {
    const foreign = stored({ ...slices[0], metadata: { labels: { "endpointslice.kubernetes.io/managed-by": "me" } } } as EndpointSlice);
    assert.equal(words(decide({ ...world, slices: [...world.slices, foreign] })), ["delete"]);
  });

test("Endpoints are mirrored on create, update and delete", async () => {
  const { api, stop } = await controlling(endpointSliceMirroringController);
  const client = api.client();
  const told = async (): Promise<readonly unknown[]> => {
    await api.clock.advance(1_000);
    return (await client.list(endpointSlices, { namespace: "default", labelSelector: "kubernetes.io/service-name=own" })).items.map(
      ({ endpoints: listed, ports }) => [listed?.[0]?.addresses, ports?.[0]?.port],
    );
  };
  await client.create(services, { metadata: { namespace: "default", name: "own" }, spec: { ports: [{ port: 80 }] } });
  const metadata = { namespace: "default", name: "own" };
  await client.create(endpoints, { metadata, subsets: SUBSETS });
  assert.equal(await told(), [[["10.0.0.1"], 80]]);
  await client.update(endpoints, { metadata, subsets: [{ addresses: at("10.0.0.9"), ports: [{ ...HTTP, port: 81 }] }] });
  assert.equal(await told(), [[["10.0.0.9"], 81]]);
  const [slice] = (await client.list(endpointSlices, { namespace: "default" })).items;
  if (slice !== undefined) await client.delete(endpointSlices, slice.metadata);
  assert.is((await told()).length, 1, "what others delete is made again");
  await client.delete(endpoints, metadata);
  assert.equal(await told(), []);
  await stop();
});
