// What a slice of devices must be. upstream: pkg/apis/resource/validation/validation.go ValidateResourceSlice
import { checkNodeSelector } from "#api/core/v1/node-affinity.ts";
import { readQuantity } from "#api/core/v1/resource-list.ts";
import type {
  V1CounterSet,
  V1Device,
  V1DeviceAttribute,
  V1DeviceTaint,
  V1ResourcePool,
  V1ResourceSlice,
  V1ResourceSliceSpec,
} from "#api/generated/types.ts";
import { broken, each, eachKey, immutable, isEmpty, needed, neededAs, neededOneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { duplicate, invalidAt, invalidValue, required, tooMany } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from "#api/meta/names.ts";
import { atMost, checkDriver, checkQualified, MAX_ITEMS } from "./device-checks.ts";

const MAX_DEVICES = 128;
const MAX_TAINTS = 16;
const PLACES = ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"] as const;
const ONE_PLACE = `exactly one of \`${PLACES.join("`, `")}\` is required`;

function* checkPool(path: string, pool: Partial<V1ResourcePool>): Check {
  const { name, generation = 0, resourceSliceCount = 0 } = pool;
  yield* needed(`${path}.name`, name);
  if (!isEmpty(name)) for (const part of name.split("/")) yield* broken(`${path}.name`, part, dns1123Subdomain(part));
  if (resourceSliceCount <= 0) yield invalidValue(`${path}.resourceSliceCount`, resourceSliceCount, "must be greater than zero");
  if (generation < 0) yield invalidValue(`${path}.generation`, generation, "must be greater than or equal to zero");
}

function* checkPlace(spec: Partial<V1ResourceSliceSpec>): Check {
  const given = PLACES.filter((place) => spec[place] !== undefined && spec[place] !== "" && spec[place] !== false);
  if (given.length === 0) yield required("spec", ONE_PLACE);
  if (given.length > 1) yield invalidAt("spec", `${ONE_PLACE}, but multiple fields are set`);
  yield* optionalAs("spec.nodeName", spec.nodeName, dns1123Subdomain);
  if (spec.nodeSelector === undefined) return;
  yield* checkNodeSelector("spec.nodeSelector", spec.nodeSelector);
  if ((spec.nodeSelector.nodeSelectorTerms ?? []).length !== 1) {
    yield invalidValue(
      "spec.nodeSelector.nodeSelectorTerms",
      spec.nodeSelector.nodeSelectorTerms,
      "must have exactly one node selector term",
    );
  }
}

function* checkAttribute(path: string, attribute: V1DeviceAttribute): Check {
  const given = Object.entries(attribute).filter(([, value]) => value !== undefined);
  if (given.length === 0) yield required(path, "exactly one value must be specified");
  if (given.length > 1) yield invalidValue(path, attribute, "exactly one value must be specified");
}

function* checkTaint(path: string, { key, value, effect }: V1DeviceTaint): Check {
  yield* neededAs(`${path}.key`, key, qualifiedName);
  if (!isEmpty(value)) yield* broken(`${path}.value`, value, labelValue(value));
  yield* neededOneOf(`${path}.effect`, effect, ["NoExecute", "NoSchedule", "None"]);
}

function* checkAmount(path: string, amount: string | undefined): Check {
  if (readQuantity(amount ?? "") === undefined) yield invalidValue(path, amount ?? "", "must be a valid resource quantity");
}

function* checkDevice(path: string, device: V1Device): Check {
  yield* neededAs(`${path}.name`, device.name, dns1123Label);
  const { attributes = {}, capacity = {} } = device;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > MAX_ITEMS) yield invalidValue(path, count, `the total number of attributes and capacities must not exceed ${MAX_ITEMS}`);
  for (const [name, attribute, at] of eachKey(`${path}.attributes`, attributes)) {
    yield* checkQualified(at, name, false);
    yield* checkAttribute(at, attribute);
  }
  for (const [name, { value }, at] of eachKey(`${path}.capacity`, capacity)) {
    yield* checkQualified(at, name, false);
    yield* checkAmount(`${at}.value`, value);
  }
  yield* atMost(`${path}.taints`, device.taints, MAX_TAINTS);
  for (const [taint, at] of each(`${path}.taints`, device.taints)) yield* checkTaint(at, taint);
}

function* checkCounters(path: string, sets: readonly V1CounterSet[] | undefined): Check {
  yield* atMost(path, sets, 8);
  for (const [{ name, counters }, at, index] of each(path, sets)) {
    yield* neededAs(`${at}.name`, name, dns1123Label);
    if (sets?.findIndex((set) => set.name === name) !== index) yield duplicate(`${at}.name`, name);
    if (Object.keys(counters ?? {}).length === 0) yield required(`${at}.counters`);
    for (const [counter, { value }, where] of eachKey(`${at}.counters`, counters)) {
      yield* broken(where, counter, dns1123Label(counter));
      yield* checkAmount(`${where}.value`, value);
    }
  }
}

function* checkDevices(path: string, devices: readonly V1Device[]): Check {
  if (devices.length > MAX_DEVICES) yield tooMany(path, devices.length, MAX_DEVICES);
  for (const [device, at, index] of each(path, devices)) {
    yield* checkDevice(at, device);
    if (devices.findIndex(({ name }) => name === device.name) !== index) yield duplicate(`${at}.name`, device.name);
  }
}

function* checkFixed(spec: Partial<V1ResourceSliceSpec>, before: Partial<V1ResourceSliceSpec>): Check {
  yield* immutable("spec.driver", spec.driver, before.driver);
  yield* immutable("spec.pool.name", spec.pool?.name, before.pool?.name);
  yield* immutable("spec.nodeName", spec.nodeName, before.nodeName);
  yield* immutable("spec.allNodes", spec.allNodes, before.allNodes);
}

/** A new slice, or a changed one. */
export function* checkSlice({ spec: given }: V1ResourceSlice, old: V1ResourceSlice | undefined): Check {
  const spec = (given ?? {}) as Partial<V1ResourceSliceSpec>;
  yield* checkDriver("spec.driver", spec.driver);
  yield* checkPool("spec.pool", spec.pool ?? {});
  yield* checkPlace(spec);
  yield* checkDevices("spec.devices", spec.devices ?? []);
  yield* checkCounters("spec.sharedCounters", spec.sharedCounters);
  if (old !== undefined) yield* checkFixed(spec, old.spec ?? {});
}
