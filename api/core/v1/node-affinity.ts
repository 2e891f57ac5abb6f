// Which nodes a node selector selects. upstream: component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go
import type { V1Node, V1NodeSelector, V1NodeSelectorRequirement, V1NodeSelectorTerm, V1PodSpec } from "#api/generated/types.ts";
import { broken, each, type Check } from "#api/meta/check.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";
import { labelNameErrors } from "#api/meta/validate-meta.ts";
import { checkLabelValues, checkOperatorValues } from "#api/meta/validate-selector.ts";

const INTEGER = /^[+-]?\d+$/;

const compares = (value: string | undefined, operator: "Gt" | "Lt", limit: string | undefined): boolean => {
  if (value === undefined || limit === undefined || !INTEGER.test(value) || !INTEGER.test(limit)) return false;
  const [a, b] = [BigInt(value.replace("+", "")), BigInt(limit.replace("+", ""))];
  return operator === "Gt" ? a > b : a < b;
};

const satisfies = (value: string | undefined, { operator, values = [] }: V1NodeSelectorRequirement): boolean => {
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt":
      return compares(value, operator, values[0]);
    default:
      return false;
  }
};

/** Whether a term selects the node; a term that asks for nothing selects none. */
export const matchesTerm = ({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm, node: V1Node): boolean => {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata?.labels;
  const name = (key: string): string | undefined => (key === "metadata.name" ? (node.metadata?.name ?? "") : undefined);
  return (
    matchExpressions.every((requirement) => satisfies(labels?.[requirement.key], requirement)) &&
    matchFields.every((requirement) => satisfies(name(requirement.key), requirement))
  );
};

/** Whether one of the selector's terms selects the node. */
export const matchesNodeSelector = ({ nodeSelectorTerms }: V1NodeSelector, node: V1Node): boolean =>
  nodeSelectorTerms.some((term) => matchesTerm(term, node));

/** Whether a pod may run on the node: its nodeSelector and its required node affinity. upstream: RequiredNodeAffinity.Match */
export const allowsNode = (spec: V1PodSpec, node: V1Node): boolean => {
  const labels = node.metadata?.labels;
  const plain = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels?.[key] === value);
  const selector = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return plain && (selector === undefined || matchesNodeSelector(selector, node));
};

function* checkExpression(path: string, requirement: V1NodeSelectorRequirement, anyValue: boolean): Check {
  const { key, operator, values } = requirement;
  if (operator === "Gt" || operator === "Lt") {
    if (values?.length !== 1) yield required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else yield* checkOperatorValues(path, operator, values);
  yield* labelNameErrors(`${path}.key`, key);
  if (!anyValue) yield* checkLabelValues(`${path}.values`, values);
}

function* checkField(path: string, { key, operator, values = [] }: V1NodeSelectorRequirement): Check {
  if (operator !== "In" && operator !== "NotIn") yield invalidValue(`${path}.operator`, operator, "not a valid selector operator");
  else if (values.length !== 1) {
    yield required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  }
  if (key !== "metadata.name") yield invalidValue(`${path}.key`, key, "not a valid field selector key");
  else for (const [value, at] of each(`${path}.values`, values)) yield* broken(at, value, dns1123Subdomain(value));
}

/** A term; preferred ones may ask for values that no label can have. */
export function* checkNodeSelectorTerm(path: string, term: V1NodeSelectorTerm, anyValue: boolean): Check {
  for (const [requirement, at] of each(`${path}.matchExpressions`, term.matchExpressions))
    yield* checkExpression(at, requirement, anyValue);
  for (const [requirement, at] of each(`${path}.matchFields`, term.matchFields)) yield* checkField(at, requirement);
}

/** A node selector: at least one term. */
export function* checkNodeSelector(path: string, selector: V1NodeSelector): Check {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) yield required(`${path}.nodeSelectorTerms`, "must have at least one node selector term");
  for (const [term, at] of each(`${path}.nodeSelectorTerms`, terms)) yield* checkNodeSelectorTerm(at, term, false);
}
