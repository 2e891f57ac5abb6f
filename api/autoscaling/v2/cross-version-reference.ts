import type { V2CrossVersionObjectReference } from "#api/generated/types.ts";
import { broken, neededAs, type Check } from "#api/meta/check.ts";
import { pathSegmentName } from "#api/meta/names.ts";

/** Another object, by kind and name. upstream: ValidateCrossVersionObjectReference */
export function* checkReference(path: string, ref: Partial<V2CrossVersionObjectReference>): Check {
  yield* neededAs(`${path}.kind`, ref.kind, pathSegmentName);
  yield* neededAs(`${path}.name`, ref.name, pathSegmentName);
  const { apiVersion = "" } = ref;
  if (apiVersion.split("/").length > 2) yield* broken(`${path}.apiVersion`, apiVersion, [`unexpected GroupVersion string: ${apiVersion}`]);
}
