// Affinity and topology spread. upstream: pkg/apis/core/validation/validation.go (validateAffinity, validateTopologySpreadConstraints)
import type { V1Affinity, V1LabelSelector, V1PodAffinity, V1PodAffinityTerm, V1TopologySpreadConstraint } from "#api/generated/types.ts";
import { broken, each, needed, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Label } from "#api/meta/names.ts";
import { labelNameErrors } from "#api/meta/validate-meta.ts";
import { checkLabelSelector } from "#api/meta/validate-selector.ts";
import { checkNodeSelector, checkNodeSelectorTerm } from "../node-affinity.ts";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
const NO_SELECTOR = "must not be specified when labelSelector is not set";
const NODE_POLICIES: readonly string[] = ["Honor", "Ignore"];

function* checkWeight(path: string, weight: number): Check {
  if (!(weight >= 1 && weight <= 100)) yield invalidValue(path, weight ?? 0, "must be in the range 1-100");
}

function* checkKeys(path: string, keys: readonly string[] | undefined, selector: V1LabelSelector | undefined): Check {
  if (keys === undefined || keys.length === 0) return;
  if (selector === undefined) yield forbiddenField(path, NO_SELECTOR);
  else for (const [key, at] of each(path, keys)) yield* labelNameErrors(at, key);
}

/** A key may be taken from the pod's labels only where the selector does not name it itself, beside what it then becomes. */
function* checkKeysUnused(path: string, keys: readonly string[], selector: V1LabelSelector | undefined): Check {
  const used = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const at = keys.indexOf(key);
    if (at >= 0 && used.has(key)) yield invalidValue(`${path}[${at}]`, key, "exists in both matchLabelKeys and labelSelector");
    used.add(key);
  }
}

function* checkMatchKeys(path: string, term: V1PodAffinityTerm): Check {
  const { labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  yield* checkKeys(`${path}.matchLabelKeys`, matchLabelKeys, labelSelector);
  yield* checkKeys(`${path}.mismatchLabelKeys`, mismatchLabelKeys, labelSelector);
  yield* checkKeysUnused(path, matchLabelKeys, labelSelector);
  for (const [key, at] of each(`${path}.matchLabelKeys`, matchLabelKeys)) {
    if (mismatchLabelKeys.includes(key)) yield invalidValue(at, key, "exists in both matchLabelKeys and mismatchLabelKeys");
  }
}

function* checkPodTerm(path: string, term: V1PodAffinityTerm): Check {
  yield* checkLabelSelector(`${path}.labelSelector`, term.labelSelector);
  yield* checkLabelSelector(`${path}.namespaceSelector`, term.namespaceSelector);
  for (const name of term.namespaces ?? []) yield* broken(`${path}.namespace`, name, dns1123Label(name));
  yield* checkMatchKeys(path, term);
  yield* needed(`${path}.topologyKey`, term.topologyKey, "can not be empty");
  yield* labelNameErrors(`${path}.topologyKey`, term.topologyKey ?? "");
}

function* checkPodAffinity(path: string, affinity: V1PodAffinity | undefined): Check {
  for (const [term, at] of each(`${path}.${REQUIRED}`, affinity?.[REQUIRED])) yield* checkPodTerm(at, term);
  for (const [{ weight, podAffinityTerm }, at] of each(`${path}.${PREFERRED}`, affinity?.[PREFERRED])) {
    yield* checkWeight(`${at}.weight`, weight);
    yield* checkPodTerm(`${at}.podAffinityTerm`, podAffinityTerm ?? {});
  }
}

/** Affinity to nodes, to pods, and against pods. */
export function* checkAffinity(path: string, affinity: V1Affinity | undefined): Check {
  const nodes = affinity?.nodeAffinity;
  if (nodes?.[REQUIRED] !== undefined) yield* checkNodeSelector(`${path}.nodeAffinity.${REQUIRED}`, nodes[REQUIRED]);
  for (const [{ weight, preference }, at] of each(`${path}.nodeAffinity.${PREFERRED}`, nodes?.[PREFERRED])) {
    yield* checkWeight(`${at}.weight`, weight);
    yield* checkNodeSelectorTerm(`${at}.preference`, preference ?? {}, true);
  }
  yield* checkPodAffinity(`${path}.podAffinity`, affinity?.podAffinity);
  yield* checkPodAffinity(`${path}.podAntiAffinity`, affinity?.podAntiAffinity);
}

function* checkMinDomains(path: string, { minDomains, whenUnsatisfiable }: V1TopologySpreadConstraint): Check {
  if (minDomains === undefined) return;
  if (minDomains <= 0) yield invalidValue(path, minDomains, "must be greater than zero");
  if (whenUnsatisfiable === "DoNotSchedule") return;
  yield invalidValue(path, minDomains, `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`);
}

function* checkSpreadKeys(path: string, { matchLabelKeys = [], labelSelector }: V1TopologySpreadConstraint): Check {
  yield* checkKeys(path, matchLabelKeys, labelSelector);
  yield* checkKeysUnused(path, matchLabelKeys, labelSelector);
}

function* checkSpread(path: string, constraint: V1TopologySpreadConstraint): Check {
  if (!(constraint.maxSkew > 0)) yield invalidValue(`${path}.maxSkew`, constraint.maxSkew ?? 0, "must be greater than zero");
  if ((constraint.topologyKey ?? "") === "") yield required(`${path}.topologyKey`, "can not be empty");
  yield* neededOneOf(`${path}.whenUnsatisfiable`, constraint.whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]);
  yield* checkMinDomains(`${path}.minDomains`, constraint);
  yield* oneOf(`${path}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, NODE_POLICIES);
  yield* oneOf(`${path}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, NODE_POLICIES);
  yield* checkSpreadKeys(`${path}.matchLabelKeys`, constraint);
  yield* checkLabelSelector(`${path}.labelSelector`, constraint.labelSelector);
}

/** Constraints on how pods spread, one for each key and mode. */
export function* checkTopologySpread(path: string, constraints: readonly V1TopologySpreadConstraint[] | undefined): Check {
  for (const [constraint, at, index] of each(path, constraints)) {
    yield* checkSpread(at, constraint);
    const { topologyKey, whenUnsatisfiable } = constraint;
    const same = (other: V1TopologySpreadConstraint): boolean =>
      other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable;
    if (constraints?.slice(index + 1).some(same) !== true) continue;
    yield duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`);
  }
}
