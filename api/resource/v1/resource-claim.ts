import type { ResourceV1ResourceClaim, V1ResourceClaimStatus } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, immutable, needed, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { checkConditions } from "#api/meta/conditions.ts";
import { duplicate, forbiddenField } from "#api/meta/field-error.ts";
import { atMost, checkDriver } from "./device-checks.ts";
import { checkDeviceClaim, defaultDeviceClaim } from "./device-claim.ts";

export type ResourceClaim = ResourceV1ResourceClaim;

const MAX_CONSUMERS = 256;
const STATE = "A summary of the current state (allocated, pending, reserved, etc.).";

function* checkConsumers(path: string, status: V1ResourceClaimStatus): Check {
  yield* atMost(path, status.reservedFor, MAX_CONSUMERS);
  const uids = new Set<string>();
  for (const [{ resource, name, uid }, at] of each(path, status.reservedFor)) {
    yield* needed(`${at}.resource`, resource);
    yield* needed(`${at}.name`, name);
    yield* needed(`${at}.uid`, uid);
    if (uids.has(uid)) yield duplicate(`${at}.uid`, uid);
    uids.add(uid);
  }
  if ((status.reservedFor ?? []).length > 0 && status.allocation === undefined) {
    yield forbiddenField(path, "may not be specified when `allocated` is not set");
  }
}

type Device = { readonly driver?: string | undefined; readonly pool?: string | undefined; readonly device?: string | undefined };

function* checkDevice(path: string, { driver, pool, device }: Device): Check {
  yield* checkDriver(`${path}.driver`, driver);
  yield* needed(`${path}.pool`, pool);
  yield* needed(`${path}.device`, device);
}

function* checkAllocation(path: string, { metadata, status }: ResourceClaim, before: object | undefined): Check {
  const allocation = status?.allocation;
  for (const [result, at] of each(`${path}.devices.results`, allocation?.devices?.results)) {
    yield* needed(`${at}.request`, result.request);
    yield* checkDevice(at, result);
  }
  if (allocation === undefined) return;
  if (before !== undefined) yield* immutable(path, allocation, before);
  else if (metadata?.deletionTimestamp !== undefined) {
    yield forbiddenField(path, "new claims may not be allocated while the claim is being deleted");
  }
}

/** upstream: pkg/apis/resource/validation/validation.go ValidateResourceClaimStatusUpdate */
function* checkStatus(claim: ResourceClaim, old: ResourceClaim | undefined): Check {
  yield* checkConsumers("status.reservedFor", claim.status ?? {});
  for (const [device, at] of each("status.devices", claim.status?.devices)) {
    yield* checkDevice(at, device);
    yield* checkConditions(`${at}.conditions`, device.conditions);
  }
  yield* checkAllocation("status.allocation", claim, old?.status?.allocation);
}

function* checkSpec({ spec }: ResourceClaim, old: ResourceClaim | undefined): Check {
  if (old === undefined) yield* checkDeviceClaim("spec.devices", spec?.devices ?? {});
  else yield* immutable("spec", spec, old.spec);
}

/** upstream: printResourceClaim */
const stateText = ({ metadata, status }: ResourceClaim): string => {
  const states = [
    ...(metadata?.deletionTimestamp === undefined ? [] : ["deleted"]),
    ...(status?.allocation === undefined ? [] : ["allocated"]),
    ...((status?.reservedFor ?? []).length === 0 ? [] : ["reserved"]),
  ];
  return states.length === 0 ? "pending" : states.join(",");
};

/** ResourceClaims: devices that pods ask for. */
export const resourceClaims: Kind<ResourceClaim> = {
  group: "resource.k8s.io",
  version: "v1",
  resource: "resourceclaims",
  kind: "ResourceClaim",
  namespaced: true,
  singular: "resourceclaim",
  listKind: "ResourceClaimList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "ResourceV1ResourceClaim",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [nameColumn, column("State", "string", STATE, stateText), ageColumn],
  setDefaults: ({ spec }) => defaultDeviceClaim(spec?.devices),
  validate: (object, old, subresource) => [...(subresource === "status" ? checkStatus(object, old) : checkSpec(object, old))],
  strategy: { generation: false, returnsDeleted: true, prepareForCreate: (draft) => void (draft.status = {}) },
};
