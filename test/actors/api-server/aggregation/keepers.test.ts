// APIServices and their conditions, kept by a whole API server in memory on a clock that stands still.
import * as assert from "uvu/assert";
import { customResourceDefinitions } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { apiServices, type APIService } from "#api/apiregistration/v1/api-service.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import type { Stored } from "#api/meta/object.ts";
import { kinds } from "#api/resources.ts";
import { AvailabilityKeeper } from "#actors/api-server/aggregation/availability-keeper.ts";
import { MANAGED } from "#actors/api-server/aggregation/registered.ts";
import { keepRegistered } from "#actors/api-server/aggregation/registration.ts";
import { silent } from "#lib/log.ts";
import { seededRandom } from "#lib/random.ts";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";
import { definition as cronTabs } from "../cron-tabs.ts";

const test = suite("api-server/aggregation/keepers", 20_000);

const NAME = "v1.greenhouse.example.com";

/** A server with its keepers; `probe` is who answers for other servers. */
const withKeepers = async (
  body: (server: TestServer, keeper: AvailabilityKeeper) => Promise<void>,
  probe: () => Promise<number> = async () => 200,
): Promise<void> => {
  const server = await startApiServer();
  const ending = new AbortController();
  const ports = { objects: server.server.objects, client: server.client(), clock: server.clock, log: silent };
  const network = { ranges: [], mayBindLow: true };
  const keeper = new AvailabilityKeeper({ ...ports, random: seededRandom(1), network, probe });
  const running = Promise.all([keepRegistered(ports, kinds, ending.signal), keeper.run(ending.signal)]);
  try {
    await body(server, keeper);
  } finally {
    ending.abort();
    await running;
    await server.close();
  }
};

const get = (server: TestServer, name: string): Stored<APIService> | undefined => server.server.objects.get(apiServices, { name });

const reasonOf = (server: TestServer, name: string): string | undefined => get(server, name)?.status?.conditions?.[0]?.reason;

/** Registers a server behind a Service with these endpoints. */
const register = async (server: TestServer): Promise<void> => {
  const client = server.client();
  const place = { namespace: "default", name: "greenhouse" };
  await client.create(services, { metadata: place, spec: { ports: [{ name: "https", port: 443 }] } });
  const spec = { group: "greenhouse.example.com", version: "v1", groupPriorityMinimum: 1000, versionPriority: 15, service: place };
  await client.create(apiServices, { metadata: { name: NAME }, spec: { ...spec, insecureSkipTLSVerify: true } });
};

const sliceOf = (ready: boolean) => ({
  metadata: { namespace: "default", name: "greenhouse-1", labels: { "kubernetes.io/service-name": "greenhouse" } },
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready } }],
  ports: [{ name: "https", port: 8443 }],
});

test("everything that is served has an APIService, which is available", () =>
  withKeepers(async (server) => {
    await server.clock.until(() => reasonOf(server, "v1.") === "Local" && reasonOf(server, "v2.autoscaling") === "Local");
    await server.clock.until(() =>
      [...server.server.objects.list(apiServices)].every(({ metadata }) => reasonOf(server, metadata.name) === "Local"),
    );
    const names = Array.from(server.server.objects.list(apiServices), ({ metadata }) => metadata.name);
    const versions = new Set(kinds.map(({ group, version }) => `${version}.${group}`));
    assert.equal(names.toSorted(), [...versions].filter((name) => name !== "v1.apiregistration.k8s.io").toSorted());
  }));

test("what a definition serves has one as long as the definition is there", () =>
  withKeepers(async (server) => {
    const client = server.client();
    const definition = await client.create(customResourceDefinitions, cronTabs());
    const name = `v1.${definition.spec.group}`;
    await server.clock.until(() => reasonOf(server, name) === "Local");
    assert.is(get(server, name)?.metadata.labels?.[MANAGED], "true");
    await client.delete(apiServices, { name });
    await server.clock.until(() => reasonOf(server, name) === "Local");
    await client.delete(customResourceDefinitions, { name: definition.metadata.name });
    assert.ok(get(server, name), "it goes with the definition, which waits for its objects");
    const body = { metadata: { finalizers: [] } };
    await client.patch(customResourceDefinitions, { name: definition.metadata.name }, { type: "application/merge-patch+json", body });
    await server.clock.until(() => get(server, name) === undefined);
  }));

test("an APIService that is deleted is not made again before the next start", () =>
  withKeepers(async (server) => {
    await server.clock.until(() => reasonOf(server, "v1.apps") === "Local");
    await server.client().delete(apiServices, { name: "v1.apps" });
    await server.clock.advance(60_000);
    assert.is(get(server, "v1.apps"), undefined);
  }));

test("a condition follows the Service, its slices, and the server itself", () => {
  let code = 200;
  return withKeepers(
    async (server, keeper) => {
      const client = server.client();
      await register(server);
      await server.clock.until(() => reasonOf(server, NAME) === "EndpointsNotFound");
      const slice = await client.create(endpointSlices, sliceOf(true));
      await server.clock.until(() => reasonOf(server, NAME) === "Passed");
      await client.update(endpointSlices, { ...slice, ...sliceOf(false), metadata: slice.metadata });
      await server.clock.until(() => reasonOf(server, NAME) === "MissingEndpoints");
      await client.update(endpointSlices, sliceOf(true));
      await server.clock.until(() => reasonOf(server, NAME) === "Passed");
      code = 500; // nothing that is watched changes
      await server.clock.advance(31_000);
      await server.clock.until(() => reasonOf(server, NAME) === "FailedDiscoveryCheck");
      const [gauge, total] = keeper.families();
      assert.equal(
        gauge?.values.filter(({ labels }) => labels["name"] === NAME),
        [{ labels: { name: NAME }, value: 1 }],
      );
      assert.equal(total?.values, [
        { labels: { name: NAME, reason: "MissingEndpoints" }, value: 1 },
        { labels: { name: NAME, reason: "FailedDiscoveryCheck" }, value: 1 },
      ]);
      code = 200;
      await server.clock.advance(31_000);
      await server.clock.until(() => reasonOf(server, NAME) === "Passed");
      await client.delete(endpointSlices, { namespace: "default", name: "greenhouse-1" });
      await server.clock.until(() => reasonOf(server, NAME) === "EndpointsNotFound");
      await client.delete(services, { namespace: "default", name: "greenhouse" });
      await server.clock.until(() => reasonOf(server, NAME) === "ServiceNotFound");
    },
    async () => code,
  );
});
