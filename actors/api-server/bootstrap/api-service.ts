// The Service `default/kubernetes`, by which pods find the API server, with the endpoints that are this server's.
// upstream: pkg/controlplane/controller/kubernetesservice/controller.go, pkg/controlplane/reconcilers
import type { V1Endpoints, V1EndpointSlice, V1Service } from "#api/generated/types.ts";
import { endpoints } from "#api/core/v1/endpoints.ts";
import { services } from "#api/core/v1/service.ts";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import type { Client } from "#lib/client.ts";
import { addressAt, addressRange } from "../allocators/address-range.ts";
import type { ApiServerConfig } from "../ports.ts";

const PLACE = { namespace: "default", name: "kubernetes" };
const PORT = 443;

const serviceOf = ({ serviceCidr, advertise }: ApiServerConfig): V1Service => ({
  metadata: { ...PLACE, labels: { provider: "kubernetes", component: "apiserver" } },
  spec: {
    type: "ClusterIP",
    clusterIP: addressAt(addressRange(serviceCidr), 0),
    sessionAffinity: "None",
    ports: [{ name: "https", port: PORT, protocol: "TCP", targetPort: advertise.port }],
  },
});

const endpointsOf = ({ advertise }: ApiServerConfig): V1Endpoints => ({
  metadata: { ...PLACE, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
  subsets: [{ addresses: [{ ip: advertise.address }], ports: [{ name: "https", port: advertise.port, protocol: "TCP" }] }],
});

const sliceOf = ({ advertise }: ApiServerConfig): V1EndpointSlice => ({
  metadata: { ...PLACE, labels: { "kubernetes.io/service-name": PLACE.name } },
  addressType: "IPv4",
  endpoints: [{ addresses: [advertise.address], conditions: { ready: true } }],
  ports: [{ name: "https", port: advertise.port, protocol: "TCP" }],
});

/** Brings an object to what it should be; `same` tells whether it is. */
const ensureAs = async <T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  [object, same]: readonly [T, (present: Stored<T>) => boolean],
  signal: AbortSignal,
): Promise<void> => {
  try {
    const present = await client.get(resource, PLACE, signal);
    if (!same(present)) await client.update(resource, object, {}, signal);
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
    await client.create(resource, object, {}, signal);
  }
};

/** Writes the Service and its endpoints. Throws: ApiError. */
export const ensureApiService = async (client: Client, config: ApiServerConfig, signal: AbortSignal): Promise<void> => {
  const [service, byAddress, slice] = [serviceOf(config), endpointsOf(config), sliceOf(config)];
  await ensureAs(client, services, [service, ({ spec }) => spec?.ports?.[0]?.targetPort === config.advertise.port], signal);
  await ensureAs(client, endpoints, [byAddress, ({ subsets }) => deepEqual(subsets, byAddress.subsets)], signal);
  await ensureAs(
    client,
    endpointSlices,
    [slice, (present) => deepEqual(present.endpoints, slice.endpoints) && deepEqual(present.ports, slice.ports)],
    signal,
  );
};
