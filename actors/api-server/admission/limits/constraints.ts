// The bounds of a LimitRange, and what is out of them, in upstream's words. Pure.
// upstream: plugin/pkg/admission/limitranger/admission.go minConstraint, maxConstraint, limitRequestRatioConstraint
import type { V1LimitRangeItem } from "#api/generated/types.ts";
import { readQuantity, type ResourceList } from "#api/core/v1/resource-list.ts";
import { compareQuantities, milliValue, quantityOf } from "#api/meta/quantity.ts";

/** What something asks for and may use at most. `limits` undefined: it knows no limits. */
export type Amounts = { readonly requests: ResourceList; readonly limits: ResourceList | undefined };

type Fault = string | undefined;

const isBelow = (amount: string, bound: string): boolean => {
  const [a, b] = [readQuantity(amount) ?? quantityOf(0), readQuantity(bound) ?? quantityOf(0)];
  return compareQuantities(a, b) < 0;
};

/** One bound of one resource, and what there is of it. */
type Bound = {
  readonly type: string;
  readonly name: string;
  readonly bound: string;
  readonly request: string | undefined;
  readonly limit: string | undefined;
};

const minFault = ({ type, name, bound, request, limit }: Bound): Fault => {
  const head = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${head}.  No request is specified`;
  if (isBelow(request, bound)) return `${head}, but request is ${request}`;
  return limit !== undefined && isBelow(limit, bound) ? `${head}, but limit is ${limit}` : undefined;
};

const maxFault = ({ type, name, bound, request, limit }: Bound): Fault => {
  const head = `maximum ${name} usage per ${type} is ${bound}`;
  if (limit === undefined) return `${head}.  No limit is specified`;
  if (isBelow(bound, limit)) return `${head}, but limit is ${limit}`;
  return request !== undefined && isBelow(bound, request) ? `${head}, but request is ${request}` : undefined;
};

const maxRequestFault = ({ type, name, bound, request }: Bound): Fault => {
  const head = `maximum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${head}.  No request is specified`;
  return isBelow(bound, request) ? `${head}, but request is ${request}` : undefined;
};

const ratioFault = ({ type, name, bound, request = "0", limit = "0" }: Bound): Fault => {
  const head = `${name} max limit to request ratio per ${type} is ${bound}, but`;
  const [asked, most] = [milliValue(request), milliValue(limit)];
  if (asked === 0) return `${head} no request is specified or request is 0`;
  if (most === 0) return `${head} no limit is specified or limit is 0`;
  const ratio = most / asked;
  return ratio * 1000 > milliValue(bound) ? `${head} provided ratio is ${ratio.toFixed(6)}` : undefined;
};

type Check = (bound: Bound) => Fault;

const faultsOf = (type: string, bounds: ResourceList | undefined, { requests, limits }: Amounts, check: Check): readonly string[] =>
  Object.entries(bounds ?? {}).flatMap(
    ([name, bound]) => check({ type, name, bound, request: requests[name], limit: limits?.[name] }) ?? [],
  );

/** Everything that is out of an item's bounds. */
export const outOfBounds = ({ type, min, max, maxLimitRequestRatio }: V1LimitRangeItem, amounts: Amounts): readonly string[] => [
  ...faultsOf(type, min, amounts, minFault),
  ...faultsOf(type, max, amounts, amounts.limits === undefined ? maxRequestFault : maxFault),
  ...(amounts.limits === undefined ? [] : faultsOf(type, maxLimitRequestRatio, amounts, ratioFault)),
];
