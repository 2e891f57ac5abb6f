import type { V1DeviceClass, V1DeviceClassSpec } from "#api/generated/types.ts";
import { isExtendedResource } from "#api/core/v1/resource-name.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, type Check } from "#api/meta/check.ts";
import { ageColumn, nameColumn } from "#api/meta/columns.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import { atMost, checkOpaque, checkSelectors } from "./device-checks.ts";

export type DeviceClass = V1DeviceClass;

/** upstream: pkg/apis/resource/validation/validation.go validateDeviceClassSpec */
function* check({ selectors, config, extendedResourceName: name }: V1DeviceClassSpec): Check {
  yield* checkSelectors("spec.selectors", selectors);
  yield* atMost("spec.config", config);
  for (const [{ opaque }, at] of each("spec.config", config)) yield* checkOpaque(`${at}.opaque`, opaque);
  if (name !== undefined && !isExtendedResource(name)) {
    yield invalidValue("spec.extendedResourceName", name, "must be a valid extended resource name");
  }
}

/** DeviceClasses: kinds of devices to ask for. */
export const deviceClasses: Kind<DeviceClass> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "deviceclasses",
  kind: "DeviceClass",
  namespaced: false,
  singular: "deviceclass",
  listKind: "DeviceClassList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1DeviceClass",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [nameColumn, ageColumn],
  validate: ({ spec }) => [...check(spec ?? {})],
  strategy: { generation: true, returnsDeleted: true },
};
