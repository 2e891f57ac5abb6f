import type { V1Ingress } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { isEmpty } from "#api/meta/check.ts";
import { ageColumn, column, listWithMore, nameColumn } from "#api/meta/columns.ts";
import { checkIngress, checkIngressStatus } from "./ingress-validate.ts";

export type Ingress = V1Ingress;

/** Older Ingresses name their class so. */
export const CLASS_ANNOTATION = "kubernetes.io/ingress.class";
/** How much of an address a table shows. upstream: loadBalancerWidth */
const ADDRESS_WIDTH = 16;

const CLASS = "The name of the IngressClass resource that should be used for additional configuration";
const HOSTS = "Hosts that incoming requests are matched against before the ingress rule";
const ADDRESS = "Address is a list containing ingress points for the load-balancer";
const PORTS = "Ports of TLS configurations that open";

const hostsText = ({ spec }: Ingress): string => {
  const hosts = (spec?.rules ?? []).map(({ host }) => host ?? "").filter((host) => host !== "");
  return listWithMore(hosts, "*");
};

const addressText = ({ status }: Ingress): string => {
  const points = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || "");
  const text = [...new Set(points.filter((point) => point !== ""))].join(",");
  return text.length > ADDRESS_WIDTH ? `${text.slice(0, ADDRESS_WIDTH - 3)}...` : text;
};

const classWarning = ({ metadata }: Ingress): readonly string[] =>
  metadata?.annotations?.[CLASS_ANNOTATION] === undefined
    ? []
    : [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`];

/** Ingresses: HTTP from outside, by host and path, to Services. */
export const ingresses: Kind<Ingress> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "ingresses",
  kind: "Ingress",
  namespaced: true,
  singular: "ingress",
  listKind: "IngressList",
  shortNames: ["ing"],
  categories: [],
  verbs: storedVerbs,
  model: "V1Ingress",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Class", "string", CLASS, ({ spec }) => spec?.ingressClassName ?? "<none>"),
    column("Hosts", "string", HOSTS, hostsText),
    column("Address", "string", ADDRESS, addressText),
    column("Ports", "string", PORTS, ({ spec }) => ((spec?.tls ?? []).length > 0 ? "80, 443" : "80")),
    ageColumn,
  ],
  validate: (object, old, subresource) => [...(subresource === "status" ? checkIngressStatus(object) : checkIngress(object, old))],
  strategy: {
    generation: true,
    prepareForCreate: (draft) => void (draft.status = { loadBalancer: {} }),
    warnings: (object, old) => (old === undefined && isEmpty(object.spec?.ingressClassName) ? classWarning(object) : []),
  },
};
