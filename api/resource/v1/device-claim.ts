// What devices a claim asks for: in claims and in the templates of claims.
// upstream: pkg/apis/resource/validation/validation.go (validateDeviceClaim), pkg/apis/resource/v1/defaults.go
import type {
  V1DeviceClaim,
  V1DeviceClaimConfiguration,
  V1DeviceConstraint,
  V1DeviceRequest,
  V1DeviceSubRequest,
  V1ExactDeviceRequest,
} from "#api/generated/types.ts";
import { each, isEmpty, neededAs, type Check } from "#api/meta/check.ts";
import { duplicate, invalidAt, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { atMost, checkDeviceTolerations, checkOpaque, checkQualified, checkSelectors, defaultTolerations } from "./device-checks.ts";

const MAX_FALLBACKS = 8;
const UNKNOWN = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";
const EXACTLY_ONE = "exactly one of `exactly` or `firstAvailable` is required";

type Request = V1ExactDeviceRequest | V1DeviceSubRequest;

const defaultRequest = (request: Draft<Request> | undefined): void => {
  if (request === undefined) return;
  request.allocationMode ||= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ||= 1;
  defaultTolerations(request.tolerations);
};

/** Completes what a claim asks for. */
export const defaultDeviceClaim = (devices: Draft<V1DeviceClaim> | undefined): void => {
  for (const { exactly, firstAvailable } of devices?.requests ?? []) {
    defaultRequest(exactly);
    for (const request of firstAvailable ?? []) defaultRequest(request);
  }
};

function* checkRequest(path: string, request: Request): Check {
  yield* neededAs(`${path}.deviceClassName`, request.deviceClassName, dns1123Subdomain);
  yield* checkSelectors(`${path}.selectors`, request.selectors);
  const { allocationMode: mode = "", count = 0 } = request;
  if (mode === "All") {
    if (count !== 0) yield invalidValue(`${path}.count`, count, "must not be specified when allocationMode is 'All'");
  } else if (mode !== "ExactCount") yield notSupported(`${path}.allocationMode`, mode, ["All", "ExactCount"]);
  else if (count <= 0) yield invalidValue(`${path}.count`, count, "must be greater than zero");
  yield* checkDeviceTolerations(`${path}.tolerations`, request.tolerations);
}

function* checkFallbacks(path: string, requests: readonly V1DeviceSubRequest[]): Check {
  yield* atMost(path, requests, MAX_FALLBACKS);
  const names = new Set<string>();
  for (const [request, at] of each(path, requests)) {
    yield* neededAs(`${at}.name`, request.name, dns1123Label);
    if (names.has(request.name)) yield duplicate(`${at}.name`, request.name);
    names.add(request.name);
    yield* checkRequest(at, request);
  }
}

function* checkOne(path: string, { name, exactly, firstAvailable = [] }: V1DeviceRequest): Check {
  yield* neededAs(`${path}.name`, name, dns1123Label);
  if (exactly === undefined && firstAvailable.length === 0) yield required(path, EXACTLY_ONE);
  else if (exactly !== undefined && firstAvailable.length > 0) yield invalidAt(path, `${EXACTLY_ONE}, but multiple fields are set`);
  if (exactly !== undefined) yield* checkRequest(`${path}.exactly`, exactly);
  yield* checkFallbacks(`${path}.firstAvailable`, firstAvailable);
}

/** Names by which the rest of a claim may speak of its requests. */
const namesOf = (requests: readonly V1DeviceRequest[]): ReadonlySet<string> =>
  new Set(requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]));

function* checkNames(path: string, names: readonly string[] | undefined, known: ReadonlySet<string>): Check {
  yield* atMost(path, names);
  for (const [name, at, index] of each(path, names)) {
    if (names?.indexOf(name) !== index) yield duplicate(at, name);
    if (!known.has(name)) yield invalidValue(at, name, UNKNOWN);
  }
}

function* checkConstraint(path: string, constraint: V1DeviceConstraint, known: ReadonlySet<string>): Check {
  const { requests, matchAttribute, distinctAttribute } = constraint;
  yield* checkNames(`${path}.requests`, requests, known);
  if (matchAttribute !== undefined) yield* checkQualified(`${path}.matchAttribute`, matchAttribute, true);
  else if (distinctAttribute === undefined) {
    yield required(path, "exactly one of `matchAttribute` or `distinctAttribute` is required, but none are set");
  }
  if (distinctAttribute !== undefined) yield* checkQualified(`${path}.distinctAttribute`, distinctAttribute, true);
}

function* checkConfig(path: string, { requests, opaque }: V1DeviceClaimConfiguration, known: ReadonlySet<string>): Check {
  yield* checkNames(`${path}.requests`, requests, known);
  yield* checkOpaque(`${path}.opaque`, opaque);
}

/** What a claim asks for. */
export function* checkDeviceClaim(path: string, { requests = [], constraints, config }: V1DeviceClaim): Check {
  yield* atMost(`${path}.requests`, requests);
  const seen = new Set<string>();
  for (const [request, at] of each(`${path}.requests`, requests)) {
    yield* checkOne(at, request);
    if (!isEmpty(request.name) && seen.has(request.name)) yield duplicate(`${at}.name`, request.name);
    seen.add(request.name);
  }
  const known = namesOf(requests);
  yield* atMost(`${path}.constraints`, constraints);
  for (const [constraint, at] of each(`${path}.constraints`, constraints)) yield* checkConstraint(at, constraint, known);
  yield* atMost(`${path}.config`, config);
  for (const [one, at] of each(`${path}.config`, config)) yield* checkConfig(at, one, known);
}
