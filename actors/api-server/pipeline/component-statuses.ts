// How the control plane is: the store answers, or this server would not; the others renew the Leases by which they lead.
// upstream: pkg/registry/core/componentstatus/rest.go
import type { ComponentStatus } from "#api/core/v1/component-status.ts";
import { leases, type Lease } from "#api/coordination/v1/lease.ts";
import { notFound } from "#api/meta/status.ts";
import type { ApiResponse } from "#lib/api.ts";
import { subjectOf, type Call, type Core } from "../core.ts";
import { includeOf, tableOf } from "../table/table.ts";
import { formatOf, respondOther } from "./respond.ts";

/** The Lease of each component that leads by one. */
const LEASES: { readonly [component: string]: string } = {
  "controller-manager": "kube-controller-manager",
  scheduler: "kube-scheduler",
};

const componentStatus = (name: string, unhealthy: string | undefined): ComponentStatus => ({
  kind: "ComponentStatus",
  apiVersion: "v1",
  metadata: { name },
  conditions: [{ type: "Healthy", status: unhealthy === undefined ? "True" : "False", message: unhealthy ?? "ok" }],
});

/** Why nobody leads; undefined: somebody does. */
const vacancy = (lease: Lease | undefined, nowMs: number): string | undefined => {
  const { renewTime, leaseDurationSeconds = 0, holderIdentity = "" } = lease?.spec ?? {};
  if (renewTime === undefined || holderIdentity === "") return "nobody leads";
  const endMs = Date.parse(renewTime) + leaseDurationSeconds * 1000;
  return nowMs <= endMs ? undefined : `${holderIdentity} has not renewed its lease since ${renewTime}`;
};

const statusesOf = ({ caches, ports }: Core): readonly ComponentStatus[] => [
  ...Object.entries(LEASES).map(([name, lease]) => {
    const held = caches.object(leases, "kube-system", lease);
    return componentStatus(name, vacancy(held, ports.clock.now()));
  }),
  componentStatus("etcd-0", undefined),
];

const encoder = new TextEncoder();

/** Answers get and list. Throws: NotFound, NotAcceptable. */
export const respondComponents = async (core: Core, call: Call): Promise<ApiResponse> => {
  const isList = call.request.verb === "list";
  const found = statusesOf(core).filter(({ metadata }) => isList || metadata?.name === call.name);
  const [first] = found;
  if (first === undefined) throw notFound(subjectOf(call));
  if (formatOf(call).as === "Table") return tableAnswer(core, call, found);
  const body = isList ? { kind: "ComponentStatusList", apiVersion: "v1", metadata: {}, items: found } : first;
  return respondOther(call, 200, body);
};

const tableAnswer = ({ ports }: Core, call: Call, found: readonly ComponentStatus[]): ApiResponse => {
  const include = includeOf(call.options["includeObject"]);
  const table = tableOf(call.kind, found, { metadata: {}, include, nowMs: ports.clock.now() });
  return { code: 200, contentType: "application/json", body: encoder.encode(JSON.stringify(table)) };
};
