// Label selectors: their text (`app=web,tier in (a,b),!canary`), their object form (matchLabels, matchExpressions), and
// what they match. upstream: apimachinery/pkg/labels/selector.go, apimachinery/pkg/apis/meta/v1/helpers.go
import type { V1LabelSelector } from "#api/generated/types.ts";
import { parseInt64 } from "./int64.ts";
import { type Operator, parseRequirements, type Requirement } from "./selector-parser.ts";
import { badRequest } from "./status.ts";

/** All of `requirements`, sorted by key; or nothing at all. */
export type Selector = { readonly requirements: readonly Requirement[]; readonly selectsNothing: boolean };

export type Labels = { readonly [key: string]: string };

const EVERYTHING: Selector = { requirements: [], selectsNothing: false };
const NOTHING: Selector = { requirements: [], selectsNothing: true };

/** The selector that matches every object. */
export const everything = (): Selector => EVERYTHING;
/** The selector that matches no object. */
export const nothing = (): Selector => NOTHING;

const byKey = (a: Requirement, b: Requirement): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

const compares = (value: string | undefined, operator: "gt" | "lt", limit: string | undefined): boolean => {
  const [a, b] = [parseInt64(value ?? ""), parseInt64(limit ?? "")];
  if (a === undefined || b === undefined) return false;
  return operator === "gt" ? a > b : a < b;
};

type Test = (value: string | undefined, values: readonly string[]) => boolean;

const isIn: Test = (value, values) => value !== undefined && values.includes(value);
const isNotIn: Test = (value, values) => value === undefined || !values.includes(value);
const TESTS: { readonly [operator in Operator]: Test } = {
  in: isIn,
  "=": isIn,
  "==": isIn,
  notin: isNotIn,
  "!=": isNotIn,
  gt: (value, [limit]) => compares(value, "gt", limit),
  lt: (value, [limit]) => compares(value, "lt", limit),
  exists: (value) => value !== undefined,
  "!": (value) => value === undefined,
};

const valueOf = (labels: Labels | undefined, key: string): string | undefined =>
  labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;

/** Whether the labels satisfy every requirement. */
export const matches = (selector: Selector, labels: Labels | undefined): boolean =>
  !selector.selectsNothing && selector.requirements.every(({ key, operator, values }) => TESTS[operator](valueOf(labels, key), values));

const EXPRESSIONS: { readonly [operator: string]: Operator } = { In: "in", NotIn: "notin", Exists: "exists", DoesNotExist: "!" };

const requirementOf = ({ key, operator, values = [] }: NonNullable<V1LabelSelector["matchExpressions"]>[number]): Requirement => {
  const known = EXPRESSIONS[operator];
  if (known === undefined) throw new Error(`"${operator}" is not a valid label selector operator`);
  return { key, operator: known, values };
};

/**
 * The selector an object's field means: absent selects nothing, empty selects everything.
 * Throws: when an operator is unknown, which validation has excluded for stored objects.
 */
export const selectorOf = (selector: V1LabelSelector | undefined): Selector => {
  if (selector === undefined) return NOTHING;
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]): Requirement => ({ key, operator: "=", values: [value] }));
  const requirements = [...labels, ...(selector.matchExpressions ?? []).map(requirementOf)];
  return requirements.length === 0 ? EVERYTHING : { requirements: requirements.toSorted(byKey), selectsNothing: false };
};

/** The selector that asks for each of these labels; no labels ask for nothing in particular. upstream: labels.SelectorFromSet */
export const selectorOfLabels = (labels: Labels | undefined): Selector => selectorOf({ matchLabels: labels ?? {} });

const SYMBOLS: { readonly [operator in Operator]: string } = {
  in: " in ",
  notin: " notin ",
  "=": "=",
  "==": "==",
  "!=": "!=",
  gt: ">",
  lt: "<",
  exists: "",
  "!": "",
};

const formatRequirement = ({ key, operator, values }: Requirement): string => {
  const list = values.toSorted().join(",");
  const right = operator === "in" || operator === "notin" ? `(${list})` : list;
  return `${operator === "!" ? "!" : ""}${key}${SYMBOLS[operator]}${right}`;
};

/** The selector's text, which `parseLabelSelector` reads back. */
export const formatSelector = (selector: Selector): string => selector.requirements.map(formatRequirement).join(",");

/** The selector that a text such as `app=web,tier in (a,b),!canary` means; "" is everything. Throws: BadRequest, in upstream's words. */
export const parseLabelSelector = (text: string): Selector => {
  try {
    const requirements = parseRequirements(text);
    return requirements.length === 0 ? EVERYTHING : { requirements: requirements.toSorted(byKey), selectsNothing: false };
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
};
