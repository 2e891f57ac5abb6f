// Whether an APIService's server is there, as its condition Available says. Pure.
// upstream: kube-aggregator/pkg/controllers/status/{local,remote}
import type { V1APIServiceCondition, V1APIServiceStatus, V1EndpointSlice, V1Service } from "#api/generated/types.ts";
import type { APIService } from "#api/apiregistration/v1/api-service.ts";
import { toTime } from "#lib/clock.ts";
import { portOf, readyEndpoints } from "../service-endpoint.ts";

/** What the condition Available says, but when it began. */
export type Word = { readonly status: "True" | "False"; readonly reason: string; readonly message: string };

const unavailable = (reason: string, message: string): Word => ({ status: "False", reason, message });

/** Of what this API server serves itself. */
export const LOCAL: Word = { status: "True", reason: "Local", message: "Local APIServices are always available" };

/** Of a server that answered. */
export const PASSED: Word = { status: "True", reason: "Passed", message: "all checks passed" };

/** Of a server that did not. */
export const failedDiscovery = (message: string): Word => unavailable("FailedDiscoveryCheck", message);

/** Where an APIService's server is; undefined: here. */
export const serviceRefOf = ({ spec }: APIService) => {
  if (spec?.service === undefined) return undefined;
  const { namespace = "", name = "", port = 443 } = spec.service;
  return { namespace, name, port };
};

type Ref = NonNullable<ReturnType<typeof serviceRefOf>>;

/** What keeps a Service from leading to a server, before it is asked; undefined: nothing. */
export const faultOf = (
  { namespace, name, port: number }: Ref,
  service: V1Service | undefined,
  slices: readonly V1EndpointSlice[],
): Word | undefined => {
  const shown = `service/${name} in ${JSON.stringify(namespace)}`;
  if (service === undefined) return unavailable("ServiceNotFound", `${shown} is not present`);
  if (service.spec?.type !== "ClusterIP") return undefined;
  const port = portOf(service, number);
  if (port === undefined) return unavailable("ServicePortError", `${shown} is not listening on port ${number}`);
  if (slices.length === 0) return unavailable("EndpointsNotFound", `cannot find endpointslices for ${shown}`);
  const portName = port.name ?? "";
  if (readyEndpoints(slices, portName).length > 0) return undefined;
  return unavailable("MissingEndpoints", `endpointslices for ${shown} have no addresses with port name ${JSON.stringify(portName)}`);
};

/** The condition Available. */
export const availableOf = ({ status }: APIService): V1APIServiceCondition | undefined =>
  status?.conditions?.find(({ type }) => type === "Available");

/** True when the condition says so. */
export const isAvailable = (service: APIService): boolean => availableOf(service)?.status === "True";

/** The status with this word; undefined: it says so already. */
export const statusSaying = (service: APIService, word: Word, nowMs: number): V1APIServiceStatus | undefined => {
  const before = availableOf(service);
  if (before !== undefined && before.status === word.status && before.reason === word.reason && before.message === word.message)
    return undefined;
  const lastTransitionTime = before?.status === word.status ? before.lastTransitionTime : toTime(nowMs);
  const others = (service.status?.conditions ?? []).filter(({ type }) => type !== "Available");
  return { ...service.status, conditions: [...others, { type: "Available", ...word, lastTransitionTime }] };
};
