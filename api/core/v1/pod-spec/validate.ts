// A whole pod spec, of a pod or of a template. Which checks there are and in which order is upstream's.
// upstream: pkg/apis/core/validation/validation.go (ValidatePodSpec), release 1.36
import type { V1PodResourceClaim, V1PodSchedulingGate, V1PodSpec } from "#api/generated/types.ts";
import { broken, each, isEmpty, neededOneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, required, tooLong } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain, inRange, qualifiedName } from "#api/meta/names.ts";
import { utf8Bytes } from "#api/meta/size.ts";
import { checkLabels } from "#api/meta/validate-meta.ts";
import { checkTolerations } from "../taint.ts";
import { contextOf } from "./context.ts";
import { checkAffinity, checkTopologySpread } from "./validate-affinity.ts";
import { checkContainers, checkEphemeralContainers, checkInitContainers } from "./validate-containers.ts";
import { checkDnsConfig, checkHostAliases } from "./validate-dns.ts";
import { checkHostNetworkPorts } from "./validate-ports.ts";
import { checkOverhead, checkPodResources } from "./validate-resources.ts";
import { checkHostUsers, checkPodSecurity } from "./validate-security.ts";
import { validateVolumes } from "./validate-volumes.ts";

const MAX_INT32 = 2 ** 31 - 1;
const MAX_HOSTNAME_BYTES = 64;
const DNS_POLICIES: readonly string[] = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const PREEMPTION_POLICIES: readonly string[] = ["PreemptLowerPriority", "Never"];
const RESTART_POLICIES: readonly string[] = ["Always", "OnFailure", "Never"];

/** The pod whose spec it is; undefined for the spec of a template. */
export type PodIdentity = { readonly name: string | undefined } | undefined;

function* checkResourceClaims(path: string, claims: readonly V1PodResourceClaim[] | undefined): Check {
  const names = new Set<string>();
  for (const [claim, at] of each(path, claims)) {
    if (isEmpty(claim.name)) yield required(`${at}.name`);
    else if (names.has(claim.name)) yield duplicate(`${at}.name`, claim.name);
    else yield* broken(`${at}.name`, claim.name, dns1123Label(claim.name));
    names.add(claim.name);
    const { resourceClaimName: own, resourceClaimTemplateName: template } = claim;
    if (own !== undefined && template !== undefined) {
      yield invalidValue(at, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
    } else if (own === undefined && template === undefined) {
      yield invalidValue(at, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
    }
    yield* optionalAs(`${at}.resourceClaimName`, own, dns1123Subdomain);
    yield* optionalAs(`${at}.resourceClaimTemplateName`, template, dns1123Subdomain);
  }
}

function* checkSchedulingGates(path: string, gates: readonly V1PodSchedulingGate[] | undefined): Check {
  const seen = new Set<string>();
  for (const [{ name = "" }, at] of each(path, gates)) {
    yield* broken(at, name, qualifiedName(name));
    if (seen.has(name)) yield duplicate(at, name);
    seen.add(name);
  }
}

function* checkHostname(path: string, spec: V1PodSpec): Check {
  yield* optionalAs(`${path}.hostname`, spec.hostname, dns1123Label);
  yield* optionalAs(`${path}.subdomain`, spec.subdomain, dns1123Label);
  const override = spec.hostnameOverride;
  if (override === undefined) return;
  yield* broken(`${path}.hostnameOverride`, override, dns1123Subdomain(override));
  if (utf8Bytes(override) > MAX_HOSTNAME_BYTES) yield tooLong(`${path}.hostnameOverride`, MAX_HOSTNAME_BYTES);
  if (spec.hostNetwork === true) yield forbiddenField(`${path}.hostnameOverride`, "may not be specified when hostNetwork is true");
  if (spec.setHostnameAsFQDN === true) {
    yield forbiddenField(`${path}.setHostnameAsFQDN`, "may not be specified when hostnameOverride is specified");
  }
}

/** Names of other objects, each a DNS subdomain. */
const NAMES = ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"] as const;

function* checkPlacement(path: string, spec: V1PodSpec): Check {
  for (const name of NAMES) yield* optionalAs(`${path}.${name}`, spec[name], dns1123Subdomain);
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined) yield* broken(`${path}.activeDeadlineSeconds`, deadline, inRange(deadline, 1, MAX_INT32));
  yield* checkHostname(path, spec);
  yield* checkTolerations(`${path}.tolerations`, spec.tolerations);
  yield* checkHostAliases(`${path}.hostAliases`, spec.hostAliases);
  if (spec.preemptionPolicy !== undefined) yield* neededOneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, PREEMPTION_POLICIES);
  if (spec.overhead !== undefined) yield* checkOverhead(`${path}.overhead`, spec.overhead);
  if (spec.os !== undefined) yield* neededOneOf(`${path}.os.name`, spec.os.name, ["linux", "windows"]);
}

function* checkContainerLists(path: string, spec: V1PodSpec, pod: PodIdentity): Check {
  const { valid, errors } = validateVolumes(`${path}.volumes`, spec.volumes, pod?.name);
  yield* errors;
  yield* checkResourceClaims(`${path}.resourceClaims`, spec.resourceClaims);
  const context = contextOf(spec, valid);
  yield* checkContainers(`${path}.containers`, spec, context);
  yield* checkInitContainers(`${path}.initContainers`, spec, context);
  yield* checkEphemeralContainers(`${path}.ephemeralContainers`, spec, context);
  yield* checkPodResources(`${path}.resources`, spec);
}

/** Every error of a pod spec. */
export function* checkPodSpec(path: string, spec: V1PodSpec, pod: PodIdentity): Check {
  if (spec.terminationGracePeriodSeconds === undefined) yield required(`${path}.terminationGracePeriodSeconds`);
  yield* checkContainerLists(path, spec, pod);
  yield* checkHostNetworkPorts(path, spec, pod !== undefined);
  yield* neededOneOf(`${path}.restartPolicy`, spec.restartPolicy, RESTART_POLICIES);
  yield* neededOneOf(`${path}.dnsPolicy`, spec.dnsPolicy, DNS_POLICIES);
  yield* checkLabels(`${path}.nodeSelector`, spec.nodeSelector);
  yield* checkPodSecurity(path, spec);
  yield* checkAffinity(`${path}.affinity`, spec.affinity);
  yield* checkDnsConfig(`${path}.dnsConfig`, spec);
  for (const [{ conditionType = "" }, at] of each(`${path}.readinessGates`, spec.readinessGates)) {
    yield* broken(`${at}.conditionType`, conditionType, qualifiedName(conditionType));
  }
  yield* checkSchedulingGates(`${path}.schedulingGates`, spec.schedulingGates);
  yield* checkTopologySpread(`${path}.topologySpreadConstraints`, spec.topologySpreadConstraints);
  yield* checkHostUsers(path, spec);
  yield* checkPlacement(path, spec);
}
