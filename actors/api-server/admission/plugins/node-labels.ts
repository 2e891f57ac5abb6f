// Which of its own labels a node may set. upstream: plugin/pkg/admission/noderestriction/admission.go getForbiddenLabels,
// kubelet/pkg/apis/well_known_labels.go
import type { Labels } from "#api/meta/selector.ts";

const RESTRICTED = "node-restriction.kubernetes.io";
const KUBERNETES = ["kubernetes.io", "k8s.io"];
const OWN_DOMAINS = ["kubelet.kubernetes.io", "node.kubernetes.io"];

const OWN: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
  "beta.kubernetes.io/instance-type",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
]);

const domainOf = (key: string): string => key.slice(0, Math.max(0, key.indexOf("/")));
const isIn = (domain: string, parent: string): boolean => domain === parent || domain.endsWith(`.${parent}`);

const isForbidden = (key: string): boolean => {
  const domain = domainOf(key);
  if (isIn(domain, RESTRICTED)) return true;
  if (!KUBERNETES.some((parent) => isIn(domain, parent))) return false;
  return !OWN.has(key) && !OWN_DOMAINS.some((parent) => isIn(domain, parent));
};

/** The labels that differ and that a node may not set itself, sorted. */
export const forbiddenLabels = (labels: Labels = {}, old: Labels = {}): readonly string[] =>
  [...new Set([...Object.keys(labels), ...Object.keys(old)])].filter((key) => labels[key] !== old[key] && isForbidden(key)).toSorted();
