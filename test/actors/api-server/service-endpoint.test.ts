import * as assert from "uvu/assert";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import type { V1EndpointSlice, V1Service } from "#api/generated/types.ts";
import { drawEndpoint, serviceEndpoint } from "#actors/api-server/service-endpoint.ts";
import { seededRandom } from "#lib/random.ts";
import { suite } from "#test/support/suite.ts";
import { MemoryObjects } from "./memory-objects.ts";

const test = suite("api-server/service-endpoint");

const REF = { namespace: "default", name: "web", port: 443 };

const slice = (name: string, endpoints: readonly (readonly [string, boolean | undefined])[], portName = "https"): V1EndpointSlice => ({
  metadata: { name, namespace: "default", labels: { "kubernetes.io/service-name": "web" } },
  addressType: "IPv4",
  endpoints: endpoints.map(([address, ready]) => ({ addresses: [address], conditions: ready === undefined ? {} : { ready } })),
  ports: [{ name: portName, port: 8443 }],
});

const worldOf = (spec: V1Service["spec"] | undefined, slices: readonly V1EndpointSlice[] = []): MemoryObjects => {
  const objects = new MemoryObjects();
  if (spec !== undefined) objects.put(services, { metadata: { namespace: "default", name: "web" }, spec });
  for (const one of slices) objects.put(endpointSlices, one);
  return objects;
};

const PORTS = { type: "ClusterIP", ports: [{ name: "https", port: 443 }] };

test("draws among the endpoints that are ready, over all slices", () => {
  const first = slice("web-a", [
    ["10.0.0.1", true],
    ["10.0.0.2", false],
  ]);
  const objects = worldOf(PORTS, [first, slice("web-b", [["10.0.0.3", undefined]]), slice("other", [["10.0.0.4", true]], "metrics")]);
  assert.equal(serviceEndpoint(objects, REF, 0), { host: "10.0.0.1", port: 8443 });
  assert.equal(serviceEndpoint(objects, REF, 0.99), { host: "10.0.0.3", port: 8443 });
});

test("says why there is nobody", () => {
  assert.equal(serviceEndpoint(worldOf(undefined), REF, 0), { reason: 'service "web" not found' });
  assert.equal(serviceEndpoint(worldOf(PORTS), { ...REF, port: 1 }, 0), { reason: 'no service port 1 found for service "web"' });
  const unready = worldOf(PORTS, [slice("web-a", [["10.0.0.1", false]])]);
  assert.equal(serviceEndpoint(unready, REF, 0.5), { reason: 'no endpoints available for service "web"' });
});

test("an external name is gone to as it is", () => {
  const objects = worldOf({ type: "ExternalName", externalName: "api.example.com" });
  assert.equal(serviceEndpoint(objects, REF, 0), { host: "api.example.com", port: 443 });
});

test("goes where low ports of the cluster's own addresses really are", () => {
  const low = { ...slice("web-a", [["127.64.0.5", true]]), ports: [{ name: "https", port: 443 }] };
  const ports = { objects: worldOf(PORTS, [low]), random: seededRandom(1) };
  const ranges = ["127.64.0.0/12"];
  assert.equal(drawEndpoint({ ...ports, network: { ranges, mayBindLow: false } }, REF), { host: "127.64.0.5", port: 10_443 });
  assert.equal(drawEndpoint({ ...ports, network: { ranges, mayBindLow: true } }, REF), { host: "127.64.0.5", port: 443 });
});
