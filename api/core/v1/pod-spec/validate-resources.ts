// Requests and limits. upstream: pkg/apis/core/validation/validation.go (validateResourceRequirements, validatePodResources)
import type { CoreV1ResourceClaim, V1PodSpec, V1ResourceRequirements } from "#api/generated/types.ts";
import { broken, each, eachKey, optionalAs, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { dns1123Label, qualifiedName } from "#api/meta/names.ts";
import { canonicalQuantity, compareQuantities, quantityProblem, type Quantity } from "#api/meta/quantity.ts";
import type { FieldError } from "#api/meta/status.ts";
import { aggregateContainers } from "../pod-resources.ts";
import { readQuantity, type ResourceList } from "../resource-list.ts";
import {
  isContainerResource,
  isExtendedResource,
  isHugePages,
  isIntegerResource,
  isNativeResource,
  isOvercommitAllowed,
  isPodLevelResource,
  isStandardResource,
} from "../resource-name.ts";
import type { PodContext } from "./context.ts";

const MILLI_IN_NANO = 1_000_000n;
const ONE_IN_NANO = 1000n * MILLI_IN_NANO;

/** The name is one of a resource. upstream: validateResourceName */
export function* checkResourceName(path: string, name: string): Check {
  const reasons = qualifiedName(name);
  yield* broken(path, name, reasons);
  if (reasons.length > 0 || name.includes("/") || isStandardResource(name)) return;
  yield invalidValue(path, name, "must be a standard resource type or fully qualified");
}

function* checkContainerResourceName(path: string, name: string): Check {
  yield* checkResourceName(path, name);
  if (!name.includes("/")) {
    if (!isContainerResource(name)) yield invalidValue(path, name, "must be a standard resource for containers");
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    yield invalidValue(path, name, "doesn't follow extended resource name standard");
  }
}

function* checkPodResourceName(path: string, name: string): Check {
  const errors = [...checkResourceName(path, name)];
  yield* errors;
  if (errors.length === 0 && !isPodLevelResource(name)) yield notSupported(path, name, ["cpu", "hugepages-", "memory"]);
}

function* checkAmount(path: string, name: string, amount: Quantity): Check {
  const text = canonicalQuantity(amount);
  if (amount.nano < 0n) yield invalidValue(path, text, "must be greater than or equal to 0");
  if (isIntegerResource(name) && (amount.nano / MILLI_IN_NANO) % 1000n !== 0n) yield invalidValue(path, text, "must be an integer");
}

/** An amount of the resource: not negative, and whole where it is counted. upstream: ValidateResourceQuantityValue */
export function* checkResourceAmount(path: string, name: string, text: string): Check {
  const amount = readQuantity(text);
  if (amount === undefined) yield invalidValue(path, text, quantityProblem(text) ?? "");
  else yield* checkAmount(path, name, amount);
}

function* checkHugePages(path: string, name: string, text: string): Check {
  const [amount, size] = [readQuantity(text), readQuantity(name.slice("hugepages-".length))];
  if (amount === undefined || size === undefined || size.nano < ONE_IN_NANO) return;
  if (amount.nano % size.nano !== 0n) yield invalidValue(path, text, `${text} is not positive integer multiple of ${name}`);
}

type NameCheck = (path: string, name: string) => Check;

function* checkList(path: string, list: ResourceList | undefined, checkName: NameCheck): Check {
  for (const [name, text, at] of eachKey(path, list)) {
    yield* checkName(at, name);
    yield* checkResourceAmount(at, name, text);
    if (isHugePages(name)) yield* checkHugePages(at, name, text);
  }
}

const limitError = (path: string, name: string, request: Quantity, limit: Quantity): FieldError | undefined => {
  const order = compareQuantities(request, limit);
  const [text, most] = [canonicalQuantity(request), canonicalQuantity(limit)];
  if (order !== 0 && !isOvercommitAllowed(name)) return invalidValue(path, text, `must be equal to ${name} limit of ${most}`);
  return order > 0 ? invalidValue(path, text, `must be less than or equal to ${name} limit of ${most}`) : undefined;
};

function* checkRequestsWithinLimits(path: string, { requests, limits = {} }: V1ResourceRequirements): Check {
  for (const [name, text] of eachKey(path, requests)) {
    const [request, limit] = [readQuantity(text), readQuantity(limits[name] ?? "")];
    if (limits[name] === undefined && !isOvercommitAllowed(name)) {
      yield required(`${path}.limits`, "Limit must be set for non overcommitable resources");
    }
    const error = request === undefined || limit === undefined ? undefined : limitError(`${path}.requests`, name, request, limit);
    if (error !== undefined) yield error;
  }
}

function* checkClaims(path: string, claims: readonly CoreV1ResourceClaim[] | undefined, names: ReadonlySet<string>): Check {
  const seen = new Set<string>();
  for (const [{ name = "", request = "" }, at] of each(path, claims)) {
    if (name === "") yield required(at);
    const key = request === "" ? name : `${name}/${request}`;
    yield* optionalAs(`${at}.request`, request, dns1123Label);
    if (seen.has(key) || seen.has(name)) yield duplicate(at, key);
    seen.add(key);
    if (name !== "" && !names.has(name)) yield unknownClaim(at, name, names);
  }
}

const unknownClaim = (path: string, name: string, names: ReadonlySet<string>): FieldError => {
  const which = names.size === 0 ? " which is empty" : `: ${[...names].toSorted().join(", ")}`;
  const message = `Not found: ${JSON.stringify(name)}: must be one of the names in pod.spec.resourceClaims${which}`;
  return { reason: "FieldValueNotFound", field: path, message };
};

function* checkRequirements(path: string, resources: V1ResourceRequirements, checkName: NameCheck): Check {
  yield* checkList(`${path}.limits`, resources.limits, checkName);
  yield* checkList(`${path}.requests`, resources.requests, checkName);
  yield* checkRequestsWithinLimits(path, resources);
  const names = [...Object.keys(resources.limits ?? {}), ...Object.keys(resources.requests ?? {})];
  if (names.some(isHugePages) && !names.includes("cpu") && !names.includes("memory")) {
    yield forbiddenField(path, "HugePages require cpu or memory");
  }
}

/** What a container asks for. */
export function* checkContainerResources(path: string, resources: V1ResourceRequirements, context: PodContext): Check {
  yield* checkRequirements(path, resources, checkContainerResourceName);
  yield* checkClaims(`${path}.claims`, resources.claims, context.claims);
}

/** What running a pod takes beside its containers: a list of limits. */
export const checkOverhead = (path: string, overhead: ResourceList | undefined): Check =>
  checkRequirements(path, { limits: overhead }, checkContainerResourceName);

function* checkEnoughForContainers(path: string, spec: V1PodSpec, requests: ResourceList): Check {
  const all = aggregateContainers(spec, ({ resources }) => resources?.requests);
  for (const [name, needed, at] of eachKey(`${path}.requests`, all)) {
    const request = readQuantity(requests[name] ?? "0");
    if (request === undefined || compareQuantities(needed, request) <= 0) continue;
    yield invalidValue(at, canonicalQuantity(request), `must be greater than or equal to aggregate container requests of ${needed}`);
  }
}

function* checkContainerLimits(path: string, spec: V1PodSpec, limits: ResourceList): Check {
  for (const [container, at] of each(`${path}.containers`, spec.containers)) {
    for (const [name, text, key] of eachKey(at, container.resources?.limits)) {
      const [own, most] = [readQuantity(text), readQuantity(limits[name] ?? "")];
      if (own === undefined || most === undefined || compareQuantities(own, most) <= 0) continue;
      yield invalidValue(`${key}.limits`, canonicalQuantity(own), `must be less than or equal to pod limits of ${canonicalQuantity(most)}`);
    }
  }
}

/** What a pod asks for as a whole. */
export function* checkPodResources(path: string, spec: V1PodSpec): Check {
  const { resources } = spec;
  if (resources === undefined) return;
  if (resources.claims !== undefined) yield forbiddenField(`${path}.claims`, "claims cannot be set for Resources at pod-level");
  yield* checkRequirements(path, resources, checkPodResourceName);
  yield* checkEnoughForContainers(path, spec, resources.requests ?? {});
  yield* checkContainerLimits(path, spec, resources.limits ?? {});
}
