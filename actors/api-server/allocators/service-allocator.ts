// What a Service gets that only the server can give: its address, its node ports.
// upstream: pkg/registry/core/service/storage/alloc.go
import type { V1Service, V1ServicePort, V1ServiceSpec } from "#api/generated/types.ts";
import { isHeadless, needsClusterIp, needsHealthCheck, needsNodePorts } from "#api/core/v1/service-spec.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { objectKey, type Draft } from "#api/meta/object.ts";
import { internal, invalid, type FieldError } from "#api/meta/status.ts";
import type { Random } from "#lib/random.ts";
import type { ResourceCache } from "../cache/resource-cache.ts";
import { addressRange, type AddressRange } from "./address-range.ts";
import { Numbers } from "./numbers.ts";
import { Reservation, Taken, type PortRange } from "./reservation.ts";

type Spec = Draft<V1ServiceSpec>;

export type AllocatorOptions = { readonly serviceCidr: string; readonly nodePorts: PortRange; readonly random: Random };

/** Allocates for the Services of one cache. */
export class ServiceAllocator {
  readonly #numbers: Numbers;
  readonly #addresses: AddressRange;
  readonly #ports: PortRange;
  readonly #random: Random;

  constructor(services: ResourceCache, options: AllocatorOptions) {
    this.#numbers = new Numbers(services);
    this.#addresses = addressRange(options.serviceCidr);
    this.#ports = options.nodePorts;
    this.#random = options.random;
  }

  /** Completes a Service that is about to be written. The answer is called when the write is done, well or not. Throws: Invalid. */
  settle(draft: Draft<V1Service>, old: V1Service | undefined): () => void {
    const spec = (draft.spec ??= {});
    const held = new Reservation(this.#numbers, objectKey(draft));
    try {
      settleFamilies(draft, spec, old?.spec);
      if (needsClusterIp(spec) && !isHeadless(spec)) this.#settleAddress(draft, spec, held);
      if (needsNodePorts(spec)) this.#settlePorts(draft, spec.ports ?? [], held);
      if (needsHealthCheck(spec)) this.#settleHealthCheck(spec, held);
    } catch (error) {
      held.release();
      throw error;
    }
    return () => held.release();
  }

  #settleAddress(draft: V1Service, spec: Spec, held: Reservation): void {
    const [wished = ""] = spec.clusterIPs ?? [];
    if (wished === "") {
      const address = orInternal("failed to allocate a serviceIP", () => held.nextAddress(this.#addresses, this.#random.next()));
      spec.clusterIP = address;
      spec.clusterIPs = [address];
      return;
    }
    const explain = (why: string) => invalidValue("spec.clusterIPs", spec.clusterIPs, `failed to allocate IP ${wished}: ${why}`);
    orInvalid(draft, explain, () => held.takeAddress(wished, this.#addresses));
  }

  /** Ports that differ only in their protocol share a node port. */
  #settlePorts(draft: V1Service, ports: Draft<V1ServicePort>[], held: Reservation): void {
    const given = new Map<number, number>();
    for (const { port, nodePort = 0 } of ports) if (nodePort > 0 && !given.has(port)) given.set(port, nodePort);
    for (const [index, port] of ports.entries()) {
      const wished = orZero(port.nodePort) || (given.get(port.port) ?? 0);
      port.nodePort = wished === 0 ? this.#nextPort("failed to allocate a nodePort", held) : wished;
      given.set(port.port, port.nodePort);
      const explain = (why: string) => invalidValue(`spec.ports[${index}].nodePort`, wished, why);
      if (wished !== 0) orInvalid(draft, explain, () => held.takePort(wished, this.#ports));
    }
  }

  #settleHealthCheck(spec: Spec, held: Reservation): void {
    const wished = orZero(spec.healthCheckNodePort);
    if (wished === 0) spec.healthCheckNodePort = this.#nextPort("failed to allocate a HealthCheck NodePort", held);
    else orInternal(`failed to allocate requested HealthCheck NodePort ${wished}`, () => held.takePort(wished, this.#ports));
  }

  #nextPort(what: string, held: Reservation): number {
    return orInternal(what, () => held.nextPort(this.#ports, this.#random.next()));
  }
}

const orZero = (port: number | undefined): number => port ?? 0;

const orInternal = <T>(what: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw error instanceof Taken ? internal(new Error(`${what}: ${error.message}`)) : error;
  }
};

const refused = ({ metadata }: V1Service, error: FieldError) =>
  invalid({ group: "", kind: "Service", name: metadata?.name ?? "" }, [error]);

const orInvalid = (service: V1Service, explain: (why: string) => FieldError, work: () => void): void => {
  try {
    work();
  } catch (error) {
    throw error instanceof Taken ? refused(service, explain(error.message)) : error;
  }
};

const V4 = "IPv4";

/** This cluster has addresses of one family. upstream: initIPFamilyFields */
const settleFamilies = (draft: V1Service, spec: Spec, old: V1ServiceSpec | undefined): void => {
  if (spec.type === "ExternalName") return;
  if (isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0) return settleHeadless(spec);
  requireOneFamily(draft, spec);
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? "SingleStack";
  if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = [V4];
};

const requireOneFamily = (draft: V1Service, { ipFamilies = [], ipFamilyPolicy }: V1ServiceSpec): void => {
  const index = ipFamilies.findIndex((family) => family !== V4);
  if (index >= 0) throw refused(draft, invalidValue(`spec.ipFamilies[${index}]`, ipFamilies[index], "not configured on this cluster"));
  if (ipFamilyPolicy !== "RequireDualStack") return;
  throw refused(draft, invalidValue("spec.ipFamilyPolicy", ipFamilyPolicy, "this cluster is not configured for dual-stack services"));
};

/** Whoever writes the endpoints of a headless Service without selector may write both families, whatever the cluster has. */
const settleHeadless = (spec: Spec): void => {
  spec.ipFamilyPolicy ??= "RequireDualStack";
  const [first = V4] = spec.ipFamilies ?? [];
  const other = first === V4 ? "IPv6" : V4;
  if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = [first];
  if (spec.ipFamilyPolicy !== "SingleStack" && spec.ipFamilies?.length === 1) spec.ipFamilies = [first, other];
};
