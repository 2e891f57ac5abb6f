// Which families of addresses a Service has. This cluster has addresses of one family. upstream: initIPFamilyFields in
// pkg/registry/core/service/storage/alloc.go
import type { V1Service, V1ServiceSpec } from "#api/generated/types.ts";
import { isHeadless } from "#api/core/v1/service-spec.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";
import { refused } from "./refusals.ts";

type Spec = Draft<V1ServiceSpec>;

const V4 = "IPv4";

/** Settles the families of a Service. Throws: Invalid. */
export const settleFamilies = (draft: V1Service, spec: Spec, old: V1ServiceSpec | undefined): void => {
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
