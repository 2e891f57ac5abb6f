// The ServiceCIDR `kubernetes`: the network that the cluster was set up with. Others extend it.
// upstream: pkg/controlplane/controller/defaultservicecidr/default_servicecidr_controller.go
import type { V1ServiceCIDR } from "#api/generated/types.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { serviceCidrs } from "#api/networking/v1/service-cidr.ts";
import type { Client } from "#lib/client.ts";

const NAME = "kubernetes";
const READY = { type: "Ready", status: "True", reason: "", message: "Kubernetes default Service CIDR is ready" };

const ensured = async (client: Client, cidrs: readonly string[], signal: AbortSignal): Promise<Stored<V1ServiceCIDR>> => {
  try {
    return await client.get(serviceCidrs, { name: NAME }, signal);
  } catch (error) {
    if (!isReason(error, "NotFound")) throw error;
    return client.create(serviceCidrs, { metadata: { name: NAME }, spec: { cidrs } }, {}, signal);
  }
};

/** Whether nobody has said yet if the network is ready; one of another cluster, or one that is to go, is not for us to judge. */
const isUnsaid = ({ metadata, spec, status }: Stored<V1ServiceCIDR>, cidrs: readonly string[]): boolean =>
  metadata.deletionTimestamp === undefined &&
  deepEqual(spec?.cidrs, cidrs) &&
  status?.conditions?.some(({ type }) => type === READY.type) !== true;

/** Writes the default ServiceCIDR unless it is there, and says that it is ready. Throws: ApiError. */
export const ensureServiceCidr = async (
  client: Client,
  { serviceCidr, now }: { readonly serviceCidr: string; readonly now: string },
  signal: AbortSignal,
): Promise<void> => {
  const present = await ensured(client, [serviceCidr], signal);
  if (!isUnsaid(present, [serviceCidr])) return;
  const conditions = [...(present.status?.conditions ?? []), { ...READY, lastTransitionTime: now }];
  await client.update(serviceCidrs, { ...present, status: { conditions } }, { subresource: "status" }, signal);
};
