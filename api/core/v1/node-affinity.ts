// Which nodes a pod's selectors choose. Pure. upstream: component-helpers/scheduling/corev1/nodeaffinity
import type { V1NodeSelector, V1NodeSelectorRequirement, V1NodeSelectorTerm, V1PodSpec } from "#api/generated/types.ts";
import type { Node } from "./node.ts";

type Test = (value: string | undefined, values: readonly string[]) => boolean;

const isInteger = (text: string | undefined): text is string => text !== undefined && /^-?\d+$/.test(text);

const OPERATORS: { readonly [operator: string]: Test } = {
  In: (value, values) => value !== undefined && values.includes(value),
  NotIn: (value, values) => value === undefined || !values.includes(value),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
  Gt: (value, [than]) => isInteger(value) && isInteger(than) && BigInt(value) > BigInt(than),
  Lt: (value, [than]) => isInteger(value) && isInteger(than) && BigInt(value) < BigInt(than),
};

const holds = ({ key, operator, values }: V1NodeSelectorRequirement, of: { readonly [key: string]: string | undefined }): boolean => OPERATORS[operator]?.(of[key], values ?? []) ?? false;

/** The term chooses the node. A term without requirements chooses none. */
export const matchesTerm = ({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm, node: Node): boolean => {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const labels = node.metadata?.labels ?? {};
  return matchExpressions.every((requirement) => holds(requirement, labels)) && matchFields.every((requirement) => holds(requirement, { "metadata.name": node.metadata?.name }));
};

/** One of the selector's terms chooses the node. */
export const matchesNodeSelector = (selector: V1NodeSelector, node: Node): boolean => selector.nodeSelectorTerms.some((term) => matchesTerm(term, node));

/** The pod's nodeSelector and its required node affinity both allow the node. */
export const allowsNode = (spec: V1PodSpec, node: Node): boolean => {
  const labels = node.metadata?.labels ?? {};
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) && (required === undefined || matchesNodeSelector(required, node));
};
