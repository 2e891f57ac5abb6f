// Reads and writes of the controller that protects the networks of Services.
import type { Stored } from "#api/meta/object.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { containsIp, parseIp } from "#api/meta/ip.ts";
import { ipAddresses, type IPAddress } from "#api/networking/v1/ip-address.ts";
import { serviceCidrs, type ServiceCIDR } from "#api/networking/v1/service-cidr.ts";
import { changesOf, defineController, type ControllerDefinition, type Reach } from "#lib/controller.ts";
import { decide, networksOf, type Action, type Observed } from "./decide.ts";

/** upstream: ipallocator.ControllerName */
const OF_SERVICES = { labelSelector: "ipaddress.kubernetes.io/managed-by=ipallocator.k8s.io" };

const MERGE = "application/merge-patch+json";

const act = (action: Action, { client, signal }: Reach): Promise<unknown> => {
  const { metadata, status } = action.cidr;
  if (action.do === "finalizers") {
    const body = { metadata: { finalizers: action.finalizers, resourceVersion: metadata.resourceVersion } };
    return client.patch(serviceCidrs, metadata, { type: MERGE, body }, signal).catch(ignoreNotFound);
  }
  const others = (status?.conditions ?? []).filter(({ type }) => type !== action.condition.type);
  const body = { status: { conditions: [...others, action.condition] } };
  return client.patch(serviceCidrs, metadata, { type: MERGE, subresource: "status", body }, signal).catch(ignoreNotFound);
};

/** Says that networks are ready, and keeps those that Services need. */
export const serviceCidrsController: ControllerDefinition = defineController<Observed, Action>(
  "service-cidrs-controller",
  ({ informers }) => {
    const cidrs = informers.of(serviceCidrs);
    const addresses = informers.of(ipAddresses, OF_SERVICES);
    const going = (): readonly Stored<ServiceCIDR>[] => cidrs.list().filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    const holders = ({ metadata }: Stored<IPAddress>): readonly string[] => {
      const ip = parseIp(metadata.name);
      return going()
        .filter((cidr) => ip !== undefined && networksOf(cidr).some((network) => containsIp(network, ip)))
        .map(nameOf);
    };
    const touched = (cidr: Stored<ServiceCIDR>): readonly string[] => [nameOf(cidr), ...going().map(nameOf)];
    return {
      watches: [changesOf(cidrs, touched), changesOf(addresses, holders)],
      observe: (key) => {
        const cidr = cidrs.get(key);
        if (cidr === undefined) return undefined;
        return { cidr, others: cidrs.list().filter((other) => other !== cidr), addresses: () => addresses.list().map(nameOf) };
      },
      decide,
      act,
    };
  },
);

const nameOf = ({ metadata }: Stored): string => metadata.name;
