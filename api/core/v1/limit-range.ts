import type { V1LimitRange, V1LimitRangeItem } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, eachKey, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, required } from "#api/meta/field-error.ts";
import { qualifiedName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { compareQuantities } from "#api/meta/quantity.ts";
import { checkResourceAmount, checkResourceName } from "./pod-spec/validate-resources.ts";
import { defaultResourceList, readQuantity } from "./resource-list.ts";
import { isContainerResource, isOvercommitAllowed, isStandardResource } from "./resource-name.ts";

export type LimitRange = V1LimitRange;

const TYPES = ["Pod", "Container", "PersistentVolumeClaim"];
const LISTS = ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"] as const;

/** upstream: pkg/apis/core/v1/defaults.go SetDefaults_LimitRangeItem */
const defaultItem = (item: Draft<V1LimitRangeItem>): void => {
  for (const list of LISTS) defaultResourceList(item[list]);
  if (item.type !== "Container") return;
  item.default = { ...item.max, ...item.default };
  item.defaultRequest = { ...item.min, ...item.default, ...item.defaultRequest };
};

type Bound = (typeof LISTS)[number];

/** Which amount may not be above which other; where the error is, and in which words. */
const ORDERS: readonly (readonly [low: Bound, high: Bound, at: Bound, words: readonly [string, string]])[] = [
  ["min", "max", "min", ["min value", "max value"]],
  ["min", "defaultRequest", "defaultRequest", ["min value", "default request value"]],
  ["defaultRequest", "max", "defaultRequest", ["default request value", "max value"]],
  ["defaultRequest", "default", "defaultRequest", ["default request value", "default limit value"]],
  ["min", "default", "default", ["min value", "default value"]],
  ["default", "max", "default", ["default value", "max value"]],
];

const above = (a: string | undefined, b: string | undefined): boolean => {
  const [left, right] = [readQuantity(a ?? ""), readQuantity(b ?? "")];
  return left !== undefined && right !== undefined && compareQuantities(left, right) > 0;
};

/** One default is the other, for what a node cannot give twice. */
function* checkDefaults(path: string, item: V1LimitRangeItem, name: string): Check {
  const [most, request] = [item.default?.[name], item.defaultRequest?.[name]];
  if (isOvercommitAllowed(name) || most === undefined || request === undefined || most === request) return;
  const detail = `default value ${most} must equal to defaultRequest value ${request} in ${name}`;
  yield invalidValue(`${path}.defaultRequest[${name}]`, request, detail);
}

function* checkOrders(path: string, item: V1LimitRangeItem, name: string): Check {
  for (const [low, high, at, [lowWords, highWords]] of ORDERS) {
    const [a, b] = [item[low]?.[name], item[high]?.[name]];
    if (above(a, b)) yield invalidValue(`${path}.${at}[${name}]`, item[at]?.[name], `${lowWords} ${a} is greater than ${highWords} ${b}`);
  }
  const ratio = item.maxLimitRequestRatio?.[name];
  if (above("1", ratio)) yield invalidValue(`${path}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`);
  yield* checkDefaults(path, item, name);
}

function* checkName(path: string, type: string, name: string): Check {
  if (type !== "Pod" && type !== "Container") return yield* checkResourceName(path, name);
  yield* checkResourceName(path, name);
  if (!name.includes("/") && isStandardResource(name) && !isContainerResource(name)) {
    yield invalidValue(path, name, "must be a standard resource for containers");
  }
}

function* checkLists(path: string, item: V1LimitRangeItem): Check {
  const names = new Set<string>();
  for (const list of LISTS) {
    if (item.type === "Pod" && (list === "default" || list === "defaultRequest")) {
      if (Object.keys(item[list] ?? {}).length > 0) yield forbiddenField(`${path}.${list}`, "may not be specified when `type` is 'Pod'");
      continue;
    }
    for (const [name, amount, at] of eachKey(`${path}.${list}`, item[list])) {
      yield* checkName(at, item.type, name);
      if (list !== "maxLimitRequestRatio") yield* checkResourceAmount(at, name, amount);
      names.add(name);
    }
  }
  for (const name of names) yield* checkOrders(path, item, name);
}

function* checkType(path: string, type: string): Check {
  const reasons = qualifiedName(type);
  yield* broken(path, type, reasons);
  if (reasons.length === 0 && !type.includes("/") && !TYPES.includes(type)) {
    yield invalidValue(path, type, "must be a standard limit type or fully qualified");
  }
}

/** upstream: pkg/apis/core/validation/validation.go ValidateLimitRange */
function* check({ spec }: LimitRange): Check {
  const types = new Set<string>();
  for (const [item, at] of each("spec.limits", spec?.limits)) {
    const type = item.type ?? "";
    yield* checkType(`${at}.type`, type);
    if (types.has(type)) yield duplicate(`${at}.type`, type);
    types.add(type);
    yield* checkLists(at, item);
    if (type === "PersistentVolumeClaim" && item.min?.["storage"] === undefined && item.max?.["storage"] === undefined) {
      yield required(`${at}.limits`, "either minimum or maximum storage value is required, but neither was provided");
    }
  }
}

/** LimitRanges: bounds and defaults for what the pods of a namespace ask for. */
export const limitRanges: Kind<LimitRange> = {
  group: "",
  version: "v1",
  resource: "limitranges",
  kind: "LimitRange",
  namespaced: true,
  singular: "limitrange",
  listKind: "LimitRangeList",
  shortNames: ["limits"],
  categories: [],
  verbs: storedVerbs,
  model: "V1LimitRange",
  bucket: "objects",
  status: false,
  subresources: {},
  setDefaults: ({ spec }) => spec?.limits?.forEach(defaultItem),
  validate: (object) => [...check(object)],
  strategy: { generation: false, allowCreateOnUpdate: true },
};
