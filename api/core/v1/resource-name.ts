// Which names of resources there are, and which rules follow from a name. upstream: pkg/apis/core/helper/helpers.go
import { qualifiedName } from "#api/meta/names.ts";

const HUGE_PAGES = "hugepages-";
const QUOTA_PREFIX = "requests.";

const CONTAINER: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);
const INTEGER: ReadonlySet<string> = new Set(["pods", "services", "replicationcontrollers", "resourcequotas", "secrets", "configmaps"]);
const STANDARD: ReadonlySet<string> = new Set([
  ...CONTAINER,
  ...INTEGER,
  "persistentvolumeclaims",
  "storage",
  "services.nodeports",
  "services.loadbalancers",
  ...["cpu", "memory", "ephemeral-storage"].flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  "requests.storage",
]);

/** Huge pages of one size: `hugepages-2Mi`. */
export const isHugePages = (name: string): boolean => name.startsWith(HUGE_PAGES);

/** Kubernetes's own: no domain, or one of kubernetes.io. */
export const isNativeResource = (name: string): boolean => !name.includes("/") || name.includes("kubernetes.io/");

/** Somebody else's: a domain, not reserved, and valid in a quota too. */
export const isExtendedResource = (name: string): boolean =>
  !isNativeResource(name) && !name.startsWith(QUOTA_PREFIX) && qualifiedName(`${QUOTA_PREFIX}${name}`).length === 0;

/** Limits may be above requests: all native ones but huge pages. */
export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePages(name);

/** What a container may ask for without a domain. */
export const isContainerResource = (name: string): boolean => CONTAINER.has(name) || isHugePages(name);

/** What may stand without a domain at all. */
export const isStandardResource = (name: string): boolean => STANDARD.has(name) || isHugePages(name);

/** Counted in whole units. */
export const isIntegerResource = (name: string): boolean => INTEGER.has(name) || isExtendedResource(name);

/** What a pod as a whole may ask for. upstream: component-helpers/resource IsSupportedPodLevelResource */
export const isPodLevelResource = (name: string): boolean => name === "cpu" || name === "memory" || isHugePages(name);

/** Without a domain: what a quota may limit. upstream: IsStandardQuotaResourceName */
export const isQuotaResource = (name: string): boolean =>
  (STANDARD.has(name) && name !== "storage") || isHugePages(name) || name.startsWith(`${QUOTA_PREFIX}${HUGE_PAGES}`);
