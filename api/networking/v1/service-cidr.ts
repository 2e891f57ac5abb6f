import type { V1ServiceCIDR } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, immutable, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import { canonicalCidr, isDualStack, parseCidr } from "#api/meta/ip.ts";

export type ServiceCIDR = V1ServiceCIDR;

const CANONICAL = "must be a valid CIDR value in canonical form, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** Two networks of one family; what is no network is told apart. */
const isOneFamily = (cidrs: readonly string[]): boolean =>
  cidrs.length === 2 && cidrs.every((cidr) => parseCidr(cidr) !== undefined) && !isDualStack(cidrs.map((cidr) => cidr.replace(/\/.*/, "")));

/** upstream: pkg/apis/networking/validation/validation.go validateServiceCIDRSpec */
function* checkCidrs(cidrs: readonly string[]): Check {
  if (cidrs.length === 0) return yield required("spec.cidrs", "at least one CIDR required");
  if (cidrs.length > 2) yield invalidValue("spec.cidrs", cidrs, "may only hold up to 2 values");
  if (isOneFamily(cidrs)) {
    yield invalidValue("spec.cidrs", cidrs, "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
  }
  for (const [cidr, at] of each("spec.cidrs", cidrs)) if (canonicalCidr(cidr) !== cidr) yield invalidValue(at, cidr, CANONICAL);
}

/** A network stays; one of the other family may join it. upstream: ValidateServiceCIDRUpdate */
function* checkChange(cidrs: readonly string[], old: readonly string[]): Check {
  const isJoined = old.length === 1 && cidrs.length === 2;
  if (cidrs.length !== old.length && !isJoined) return yield* immutable("spec.cidrs", cidrs, old);
  for (const [index, cidr] of old.entries()) yield* immutable(`spec.cidrs[${index}]`, cidrs[index], cidr);
  if (isJoined) yield* checkCidrs(cidrs);
}

const check = ({ spec }: ServiceCIDR, old: ServiceCIDR | undefined): Check =>
  old === undefined ? checkCidrs(spec?.cidrs ?? []) : checkChange(spec?.cidrs ?? [], old.spec?.cidrs ?? []);

/** ServiceCIDRs: where the addresses of Services come from. */
export const serviceCidrs: Kind<ServiceCIDR> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "servicecidrs",
  kind: "ServiceCIDR",
  namespaced: false,
  singular: "servicecidr",
  listKind: "ServiceCIDRList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1ServiceCIDR",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("CIDRs", "string", docOf("V1ServiceCIDRSpec", "cidrs"), ({ spec }) => (spec?.cidrs ?? []).join(",")),
    ageColumn,
  ],
  validate: (object, old, subresource) => (subresource === "status" ? [] : [...check(object, old)]),
  strategy: { generation: false, prepareForCreate: (draft) => void (draft.status = {}) },
};
