// The node ports of a Service, and the port of its health check. upstream: pkg/registry/core/service/storage/alloc.go
import type { V1Service, V1ServicePort, V1ServiceSpec } from "#api/generated/types.ts";
import { needsHealthCheck, needsNodePorts } from "#api/core/v1/service-spec.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";
import type { Random } from "#lib/random.ts";
import { attempting, failureOf, refusalOf } from "./refusals.ts";
import type { PortRange, Reservation } from "./reservation.ts";

/** Where ports come from. */
export type PortSource = { readonly range: PortRange; readonly random: Random };

type Spec = Draft<V1ServiceSpec>;

/** Gives a Service the ports that it needs. Throws: Invalid, InternalError. */
export const settlePorts = (draft: Draft<V1Service>, held: Reservation, source: PortSource): void => {
  const spec: Spec = draft.spec ?? {};
  if (needsNodePorts(spec)) settleNodePorts(draft, spec.ports ?? [], held, source);
  if (needsHealthCheck(spec)) settleHealthCheck(spec, held, source);
};

/** Ports that differ only in their protocol share a node port. */
const settleNodePorts = (draft: V1Service, ports: Draft<V1ServicePort>[], held: Reservation, source: PortSource): void => {
  const given = new Map<number, number>();
  for (const { port, nodePort = 0 } of ports) if (nodePort > 0 && !given.has(port)) given.set(port, nodePort);
  for (const [index, port] of ports.entries()) {
    const wished = orZero(port.nodePort) || (given.get(port.port) ?? 0);
    port.nodePort = wished === 0 ? nextPort("failed to allocate a nodePort", held, source) : wished;
    given.set(port.port, port.nodePort);
    const explain = (why: string) => invalidValue(`spec.ports[${index}].nodePort`, wished, why);
    if (wished !== 0) attempting(() => held.takePort(wished, source.range), refusalOf(draft, explain));
  }
};

const settleHealthCheck = (spec: Spec, held: Reservation, source: PortSource): void => {
  const wished = orZero(spec.healthCheckNodePort);
  if (wished === 0) spec.healthCheckNodePort = nextPort("failed to allocate a HealthCheck NodePort", held, source);
  else attempting(() => held.takePort(wished, source.range), failureOf(`failed to allocate requested HealthCheck NodePort ${wished}`));
};

const nextPort = (what: string, held: Reservation, { range, random }: PortSource): number =>
  attempting(() => held.nextPort(range, random.next()), failureOf(what));

const orZero = (port: number | undefined): number => port ?? 0;
