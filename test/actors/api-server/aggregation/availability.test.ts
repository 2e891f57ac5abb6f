import * as assert from "uvu/assert";
import type { APIService } from "#api/apiregistration/v1/api-service.ts";
import type { V1EndpointSlice, V1Service } from "#api/generated/types.ts";
import { failedDiscovery, faultOf, LOCAL, PASSED, serviceRefOf, statusSaying } from "#actors/api-server/aggregation/availability.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/aggregation/availability");

const REF = { namespace: "default", name: "greenhouse", port: 443 };

const service = (spec: V1Service["spec"]): V1Service => ({ metadata: { name: "greenhouse", namespace: "default" }, spec });
const clusterIp = service({ type: "ClusterIP", ports: [{ name: "https", port: 443 }] });
const slice = (ready: boolean): V1EndpointSlice => ({
  metadata: { name: "greenhouse-1" },
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready } }],
  ports: [{ name: "https", port: 8443 }],
});

test("says what keeps a Service from leading to a server, in upstream's words", () => {
  assert.equal(faultOf(REF, undefined, []), {
    status: "False",
    reason: "ServiceNotFound",
    message: 'service/greenhouse in "default" is not present',
  });
  assert.equal(faultOf({ ...REF, port: 8 }, clusterIp, [slice(true)]), {
    status: "False",
    reason: "ServicePortError",
    message: 'service/greenhouse in "default" is not listening on port 8',
  });
  assert.equal(faultOf(REF, clusterIp, []), {
    status: "False",
    reason: "EndpointsNotFound",
    message: 'cannot find endpointslices for service/greenhouse in "default"',
  });
  assert.equal(faultOf(REF, clusterIp, [slice(false)]), {
    status: "False",
    reason: "MissingEndpoints",
    message: 'endpointslices for service/greenhouse in "default" have no addresses with port name "https"',
  });
  assert.is(faultOf(REF, clusterIp, [slice(false), slice(true)]), undefined);
  assert.is(faultOf(REF, service({ type: "ExternalName", externalName: "example.com" }), []), undefined);
});

test("an APIService without a Service is here; the port is 443 unless it says another", () => {
  const spec = { groupPriorityMinimum: 1, versionPriority: 1 };
  assert.is(serviceRefOf({ spec }), undefined);
  assert.equal(serviceRefOf({ spec: { ...spec, service: { namespace: "default", name: "greenhouse" } } }), REF);
});

test("a condition begins when its status changes, and is written only when it says something else", () => {
  const fresh: APIService = { metadata: { name: "v1.example.com" } };
  const first = statusSaying(fresh, failedDiscovery("no"), 1000);
  assert.equal(first?.conditions, [
    { type: "Available", status: "False", reason: "FailedDiscoveryCheck", message: "no", lastTransitionTime: "1970-01-01T00:00:01Z" },
  ]);
  assert.is(statusSaying({ ...fresh, status: first }, failedDiscovery("no"), 9000), undefined);
  const still = statusSaying({ ...fresh, status: first }, failedDiscovery("still no"), 9000);
  assert.equal(
    still?.conditions?.map(({ message, lastTransitionTime }) => [message, lastTransitionTime]),
    [["still no", "1970-01-01T00:00:01Z"]],
  );
  const passed = statusSaying({ ...fresh, status: still }, PASSED, 9000);
  assert.equal(
    passed?.conditions?.map(({ reason, lastTransitionTime }) => [reason, lastTransitionTime]),
    [["Passed", "1970-01-01T00:00:09Z"]],
  );
  assert.is(LOCAL.message, "Local APIServices are always available");
});
