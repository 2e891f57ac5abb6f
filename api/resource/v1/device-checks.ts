// What claims, classes and slices of devices say alike: selectors, configuration, tolerations.
// upstream: pkg/apis/resource/validation/validation.go
import type { V1DeviceSelector, V1DeviceToleration, V1OpaqueDeviceConfiguration } from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, neededAs, oneOf, type Check } from "#api/meta/check.ts";
import { invalidValue, notSupported, required, tooLong, tooMany } from "#api/meta/field-error.ts";
import { cIdentifier, dns1123Subdomain, qualifiedName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { utf8Bytes } from "#api/meta/size.ts";

/** How many items a list of a claim, a class or a slice may have. */
export const MAX_ITEMS = 32;
const MAX_EXPRESSION_BYTES = 10 * 1024;
const MAX_DRIVER_BYTES = 63;
const MAX_PARAMETERS_BYTES = 10 * 1024;
const MAX_IDENTIFIER = 32;

/** No more items than allowed. */
export function* atMost(path: string, list: readonly unknown[] | undefined, max = MAX_ITEMS): Check {
  const count = list?.length ?? 0;
  if (count > max) yield tooMany(path, count, max);
}

/** The name of a driver. */
export function* checkDriver(path: string, name: string | undefined): Check {
  yield* neededAs(path, name, dns1123Subdomain);
  if ((name ?? "").length > MAX_DRIVER_BYTES) yield tooLong(path, MAX_DRIVER_BYTES);
}

/** The name of an attribute or a capacity: an identifier, with a domain or without. */
export function* checkQualified(path: string, name: string, needsDomain: boolean): Check {
  const [first = "", second, ...rest] = name.split("/");
  const [domain, identifier] = second === undefined ? ["", first] : [first, second];
  if (name === "") return yield* needed(path, "", "name required");
  if (rest.length > 0) yield invalidValue(path, name, "must have at most one '/'");
  if (needsDomain && domain === "") yield invalidValue(path, name, "must include a domain");
  if (domain !== "") yield* checkDriver(path, domain);
  yield* neededAs(path, identifier, cIdentifier);
  if (identifier.length > MAX_IDENTIFIER) yield tooLong(path, MAX_IDENTIFIER);
}

/** Expressions that select devices. */
export function* checkSelectors(path: string, selectors: readonly V1DeviceSelector[] | undefined): Check {
  yield* atMost(path, selectors);
  for (const [{ cel }, at] of each(path, selectors)) {
    if (cel === undefined) yield required(`${at}.cel`);
    else {
      yield* needed(`${at}.cel.expression`, cel.expression);
      if (utf8Bytes(cel.expression ?? "") > MAX_EXPRESSION_BYTES) yield tooLong(`${at}.cel.expression`, MAX_EXPRESSION_BYTES);
    }
  }
}

/** What a driver is told; only the driver knows what it means. */
export function* checkOpaque(path: string, opaque: V1OpaqueDeviceConfiguration | undefined): Check {
  if (opaque === undefined) return yield* [required(path)];
  yield* checkDriver(`${path}.driver`, opaque.driver);
  const parameters: unknown = opaque.parameters;
  if (parameters === undefined || parameters === null) yield required(`${path}.parameters`);
  else if (typeof parameters !== "object" || Array.isArray(parameters)) {
    yield invalidValue(`${path}.parameters`, "<value omitted>", "parameters must be a valid JSON object");
  } else if (utf8Bytes(JSON.stringify(parameters)) > MAX_PARAMETERS_BYTES) yield tooLong(`${path}.parameters`, MAX_PARAMETERS_BYTES);
}

/** Completes tolerations. upstream: SetDefaults_DeviceToleration */
export const defaultTolerations = (tolerations: Draft<readonly V1DeviceToleration[]> | undefined): void => {
  for (const toleration of tolerations ?? []) toleration.operator ||= "Equal";
};

function* checkToleration(path: string, { key, operator = "", value, effect }: V1DeviceToleration): Check {
  if (!isEmpty(key)) yield* broken(`${path}.key`, key, qualifiedName(key));
  if (operator === "Exists") {
    if (!isEmpty(value)) yield invalidValue(`${path}.value`, value, "must be empty for operator `Exists`");
  } else if (operator === "Equal") {
    if (isEmpty(key)) yield required(`${path}.key`, "must not be empty when `operator` is `Equal`");
  } else if (operator === "") yield required(`${path}.operator`);
  else yield notSupported(`${path}.operator`, operator, ["Equal", "Exists"]);
  yield* oneOf(`${path}.effect`, isEmpty(effect) ? undefined : effect, ["NoExecute", "NoSchedule", "None"]);
}

/** Taints of devices that a request puts up with. */
export function* checkDeviceTolerations(path: string, tolerations: readonly V1DeviceToleration[] | undefined): Check {
  yield* atMost(path, tolerations, 16);
  for (const [toleration, at] of each(path, tolerations)) yield* checkToleration(at, toleration);
}
