// How `kubectl get services` shows a Service. upstream: pkg/printers/internalversion/printers.go (printService)
import type { V1Service, V1ServicePort } from "#api/generated/types.ts";
import type { Column } from "#api/kind.ts";
import { ageColumn, column, formatLabels, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { clusterIpsOf } from "./service-spec.ts";

const loadBalancerText = ({ spec, status }: V1Service): string => {
  const ingress = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  const found = [...new Set(ingress.filter((text) => text !== ""))].toSorted();
  const all = [...found, ...(spec?.externalIPs ?? [])];
  return all.length === 0 ? "<pending>" : all.join(",");
};

const externalIp = (service: V1Service): string => {
  const { type, externalIPs = [], externalName = "" } = service.spec ?? {};
  if (type === "LoadBalancer") return loadBalancerText(service);
  if (type === "ExternalName") return externalName;
  if (type !== "ClusterIP" && type !== "NodePort") return "<unknown>";
  return externalIPs.length === 0 ? "<none>" : externalIPs.join(",");
};

const portText = ({ port, nodePort = 0, protocol = "" }: V1ServicePort): string =>
  nodePort > 0 ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;

const portsText = ({ spec }: V1Service): string => {
  const ports = spec?.ports ?? [];
  return ports.length === 0 ? "<none>" : ports.map(portText).join(",");
};

const doc = (field: string): string => docOf("V1ServiceSpec", field);

/** The columns of Services. */
export const serviceColumns: readonly Column<V1Service>[] = [
  nameColumn,
  column("Type", "string", doc("type"), ({ spec }) => spec?.type ?? ""),
  column("Cluster-IP", "string", doc("clusterIP"), ({ spec }) => clusterIpsOf(spec ?? {})[0] ?? "<none>"),
  column("External-IP", "string", doc("externalIPs"), externalIp),
  column("Port(s)", "string", doc("ports"), portsText),
  ageColumn,
  wideColumn("Selector", "string", doc("selector"), ({ spec }) => formatLabels(spec?.selector)),
];
