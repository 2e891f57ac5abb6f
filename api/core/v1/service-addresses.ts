// A Service's addresses and their families. upstream: pkg/apis/core/validation/validation.go
// (ValidateServiceClusterIPsRelatedFields, validateUpgradeDowngradeClusterIPs, validateUpgradeDowngradeIPFamilies)
import type { V1ServiceSpec } from "#api/generated/types.ts";
import { each, isEmpty, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { ipErrors, isDualStack, isIpv6 } from "#api/meta/ip.ts";
import { isHeadless } from "./service-spec.ts";

const FAMILIES: readonly string[] = ["IPv4", "IPv6"];
const POLICIES: readonly string[] = ["PreferDualStack", "RequireDualStack", "SingleStack"];
const IPS = "spec.clusterIPs";

function* checkOneAndMany({ clusterIP, clusterIPs = [] }: V1ServiceSpec): Check {
  if (isEmpty(clusterIP)) {
    if (clusterIPs.length > 0) yield invalidValue(IPS, clusterIPs, "must be empty when `clusterIP` is not specified");
  } else if (clusterIPs.length === 0) yield required(IPS);
  else if (clusterIPs[0] !== clusterIP) yield invalidValue(IPS, clusterIPs, "first value must match `clusterIP`");
}

function* checkFamilies({ ipFamilies, ipFamilyPolicy }: V1ServiceSpec): Check {
  const seen = new Set<string>();
  for (const [family, at] of each("spec.ipFamilies", ipFamilies)) {
    yield* oneOf(at, family, FAMILIES);
    if (seen.has(family)) yield duplicate(at, family);
    seen.add(family);
  }
  yield* oneOf("spec.ipFamilyPolicy", ipFamilyPolicy, POLICIES);
}

function* checkIps(ips: readonly string[]): Check {
  if (ips[0] === "None" && ips.length > 1) yield invalidValue(IPS, ips, "'None' must be the first and only value");
  for (const [ip, at, index] of each(IPS, ips)) if (index > 0 || ip !== "None") yield* ipErrors(at, ip);
}

function* checkIpsFitFamilies(ips: readonly string[], { ipFamilies = [] }: V1ServiceSpec): Check {
  for (const [ip, at, index] of each(IPS, ips)) {
    const family = ipFamilies[index];
    if (family === undefined || ip === "None" || (family === "IPv6") === isIpv6(ip)) continue;
    yield invalidValue(at, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``);
  }
}

/** Addresses and families of a Service that has any. */
export function* checkClusterIps(spec: V1ServiceSpec): Check {
  if (spec.type === "ExternalName") return;
  const ips = spec.clusterIPs ?? [];
  yield* checkOneAndMany(spec);
  yield* checkFamilies(spec);
  const wrong = [...checkIps(ips)];
  yield* wrong;
  if (ips.length > 2) yield invalidValue(IPS, ips, "may only hold up to 2 values");
  if (wrong.length > 0) return;
  if (ips.length > 1 && !isDualStack(ips)) yield invalidValue(IPS, ips, "may specify no more than one IP for each IP family");
  yield* checkIpsFitFamilies(ips, spec);
}

type Lists = "clusterIPs" | "ipFamilies";
const WHAT: { readonly [list in Lists]: string } = { clusterIPs: "clusterIP", ipFamilies: "ipFamily" };

const CHANGED = "may not change once set";

function* checkPrimary(list: Lists, now: readonly string[], before: readonly string[]): Check {
  const path = `spec.${list}[0]`;
  if (now.length === 0) yield invalidValue(path, now, `primary ${WHAT[list]} can not be unset`);
  else if (before.length > 0 && now[0] !== before[0]) yield invalidValue(path, now, CHANGED);
}

/** The first of a list stays for ever; a second may come, and go with the policy SingleStack. */
function* checkListUpdate(list: Lists, spec: V1ServiceSpec, old: V1ServiceSpec): Check {
  const [now, before] = [spec[list] ?? [], old[list] ?? []];
  if (now.length !== before.length) yield* checkPrimary(list, now, before);
  else for (const [value, at, index] of each(`spec.${list}`, now)) if (value !== before[index]) yield invalidValue(at, now, CHANGED);
  if (before.length > now.length && now.length === 1 && spec.ipFamilyPolicy !== "SingleStack") {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${WHAT[list]}`;
    yield invalidValue("spec.ipFamilyPolicy", spec.ipFamilyPolicy ?? null, detail);
  }
}

/** What of the addresses may not change. */
export function* checkClusterIpsUpdate(spec: V1ServiceSpec, old: V1ServiceSpec): Check {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return;
  const [headless, wasHeadless] = [isHeadless(spec), isHeadless(old)];
  if (!headless || !wasHeadless) yield* checkListUpdate("clusterIPs", spec, old);
  if (!headless && !wasHeadless) yield* checkListUpdate("ipFamilies", spec, old);
}
