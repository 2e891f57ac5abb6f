// References from a pod to its own fields and to keys of ConfigMaps and Secrets.
// upstream: pkg/apis/core/validation/validation.go (validateObjectFieldSelector, validateContainerResourceFieldSelector)
import type { V1ObjectFieldSelector, V1ResourceFieldSelector } from "#api/generated/types.ts";
import { broken, isEmpty, neededAs, oneOf, type Check } from "#api/meta/check.ts";
import { invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { configMapKey, dns1123Subdomain, qualifiedName } from "#api/meta/names.ts";
import { canonicalQuantity } from "#api/meta/quantity.ts";
import { readQuantity } from "../resource-list.ts";

const READABLE: ReadonlySet<string> = new Set([
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.schedulerName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.phase",
  "status.podIP",
  "status.podIPs",
]);

/** `metadata.labels['app']`: one entry of a map of the pod. */
const SUBSCRIPT = /^(.*)\['(.*)'\]$/;

const unreadable = (apiVersion: string, path: string): string | undefined => {
  if (apiVersion !== "v1") return `unsupported pod version: ${apiVersion}`;
  const plain = SUBSCRIPT.exec(path)?.[1] ?? path;
  return READABLE.has(plain) ? undefined : `field label not supported: ${plain}`;
};

function* checkSubscript(path: string, map: string, key: string): Check {
  if (map === "metadata.annotations") yield* broken(path, key.toLowerCase(), qualifiedName(key.toLowerCase()));
  else if (map === "metadata.labels") yield* broken(path, key, qualifiedName(key));
  else yield invalidValue(path, map, "does not support subscript");
}

function* checkReadable(path: string, fieldPath: string, allowed: readonly string[]): Check {
  const [, map, key] = SUBSCRIPT.exec(fieldPath) ?? [];
  if (map !== undefined) yield* checkSubscript(path, map, key ?? "");
  else yield* oneOf(`${path}.fieldPath`, fieldPath, allowed);
}

/** A field of the pod, one of those that `allowed` lists, sorted; or an entry of its labels or annotations. */
export function* checkFieldRef(path: string, ref: V1ObjectFieldSelector, allowed: readonly string[]): Check {
  const problem = unreadable(ref.apiVersion ?? "", ref.fieldPath);
  if (isEmpty(ref.apiVersion)) yield required(`${path}.apiVersion`);
  else if (isEmpty(ref.fieldPath)) yield required(`${path}.fieldPath`);
  else if (problem !== undefined) yield invalidValue(`${path}.fieldPath`, ref.fieldPath, `error converting fieldPath: ${problem}`);
  else yield* checkReadable(path, ref.fieldPath, allowed);
}

const RESOURCES: readonly string[] = ["limits", "requests"].flatMap((list) =>
  ["cpu", "ephemeral-storage", "memory"].map((name) => `${list}.${name}`),
);
const HUGE_PAGES = /^(limits|requests)\.hugepages-/;
const BYTES = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
const BYTE_DIVISORS: ReadonlySet<string> = new Set(BYTES.split(", "));
const CPU_DIVISORS: ReadonlySet<string> = new Set(["1m", "1"]);

const byteResource = (resource: string): string | undefined => {
  if (HUGE_PAGES.test(resource)) return "hugepages";
  if (resource.endsWith(".memory")) return "memory";
  return resource.endsWith(".ephemeral-storage") ? "local ephemeral storage" : undefined;
};

function* checkDivisor(path: string, resource: string, divisor: string): Check {
  const quantity = readQuantity(divisor);
  if (quantity === undefined) yield invalidValue(path, divisor, "must be a valid resource quantity");
  if (quantity === undefined || quantity.nano === 0n) return;
  const text = canonicalQuantity(quantity);
  if (resource.endsWith(".cpu") && !CPU_DIVISORS.has(text)) {
    yield invalidValue(path, resource, "only divisor's values 1m and 1 are supported with the cpu resource");
  }
  const name = byteResource(resource);
  if (name !== undefined && !BYTE_DIVISORS.has(text)) {
    yield invalidValue(path, resource, `only divisor's values ${BYTES} are supported with the ${name} resource`);
  }
}

/** A container's request or limit. In a volume the container must be named. */
export function* checkResourceRef(path: string, ref: V1ResourceFieldSelector, isVolume: boolean): Check {
  if (isVolume && isEmpty(ref.containerName)) yield required(`${path}.containerName`);
  else if (isEmpty(ref.resource)) yield required(`${path}.resource`);
  else if (!RESOURCES.includes(ref.resource) && !HUGE_PAGES.test(ref.resource)) {
    yield notSupported(`${path}.resource`, ref.resource, RESOURCES);
  }
  yield* checkDivisor(`${path}.divisor`, ref.resource ?? "", ref.divisor ?? "0");
}

/** One key of a ConfigMap or Secret. */
export function* checkKeyRef(path: string, { name = "", key }: { readonly name?: string | undefined; readonly key: string }): Check {
  yield* broken(`${path}.name`, name, dns1123Subdomain(name));
  yield* neededAs(`${path}.key`, key, configMapKey);
}
