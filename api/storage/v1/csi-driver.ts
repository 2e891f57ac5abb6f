import type { StorageV1TokenRequest, V1CSIDriver, V1CSIDriverSpec } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, immutable, isEmpty, oneOf, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { duplicate, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkDriverName } from "./csi-driver-name.ts";

export type CSIDriver = V1CSIDriver;

const MODES = ["Ephemeral", "Persistent"];
const GROUP_POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_UPDATE_SECONDS = 10;

/** upstream: pkg/apis/storage/v1/defaults.go SetDefaults_CSIDriver */
const setDefaults = (draft: Draft<CSIDriver>): void => {
  const spec = (draft.spec ??= {});
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
  if ((spec.volumeLifecycleModes ?? []).length === 0) spec.volumeLifecycleModes = ["Persistent"];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
};

function* checkTokens(path: string, tokens: readonly StorageV1TokenRequest[] | undefined): Check {
  const audiences = new Set<string>();
  for (const [{ audience = "", expirationSeconds: seconds }, at] of each(path, tokens)) {
    if (audiences.has(audience)) yield duplicate(`${at}.audience`, audience);
    audiences.add(audience);
    if (seconds === undefined) continue;
    const where = `${at}.expirationSeconds`;
    if (seconds < MIN_TOKEN_SECONDS) yield invalidValue(where, seconds, "may not specify a duration less than 10 minutes");
    if (seconds > MAX_TOKEN_SECONDS) yield invalidValue(where, seconds, "may not specify a duration larger than 2^32 seconds");
  }
}

function* checkSpec(spec: V1CSIDriverSpec): Check {
  for (const field of ["attachRequired", "podInfoOnMount", "storageCapacity"] as const) {
    if (spec[field] === undefined) yield required(`spec.${field}`);
  }
  yield* oneOf("spec.fsGroupPolicy", spec.fsGroupPolicy, GROUP_POLICIES);
  yield* checkTokens("spec.tokenRequests", spec.tokenRequests);
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (!MODES.includes(mode)) yield notSupported("spec.volumeLifecycleModes", mode, MODES);
  }
  if (spec.seLinuxMount === undefined) yield required("spec.seLinuxMount");
  const seconds = spec.nodeAllocatableUpdatePeriodSeconds;
  if (seconds !== undefined && seconds < MIN_UPDATE_SECONDS) {
    yield invalidValue(
      "spec.nodeAllocatableUpdatePeriodSeconds",
      seconds,
      `must be greater than or equal to ${MIN_UPDATE_SECONDS} seconds`,
    );
  }
}

/** upstream: pkg/apis/storage/validation/validation.go (ValidateCSIDriver, ValidateCSIDriverUpdate) */
function* check({ metadata, spec = {} }: CSIDriver, old: CSIDriver | undefined): Check {
  if (old === undefined) yield* checkDriverName("metadata.name", metadata?.name);
  yield* checkSpec(spec);
  if (old === undefined) return;
  yield* immutable("spec.attachRequired", spec.attachRequired, old.spec?.attachRequired);
  yield* immutable("spec.volumeLifecycleModes", spec.volumeLifecycleModes, old.spec?.volumeLifecycleModes);
}

const tokensText = ({ spec }: CSIDriver): string => {
  const audiences = spec?.tokenRequests?.map(({ audience }) => (isEmpty(audience) ? "" : audience));
  return audiences === undefined ? "<unset>" : audiences.join(",");
};

const modesText = ({ spec }: CSIDriver): string => {
  const modes = spec?.volumeLifecycleModes ?? [];
  return modes.length === 0 ? "<none>" : modes.join(",");
};

const doc = (field: string): string => docOf("V1CSIDriverSpec", field);

/** CSIDrivers: what a storage driver of the cluster can do. */
export const csiDrivers: Kind<CSIDriver> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "csidrivers",
  kind: "CSIDriver",
  namespaced: false,
  singular: "csidriver",
  listKind: "CSIDriverList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1CSIDriver",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("AttachRequired", "boolean", doc("attachRequired"), ({ spec }) => spec?.attachRequired ?? true),
    column("PodInfoOnMount", "boolean", doc("podInfoOnMount"), ({ spec }) => spec?.podInfoOnMount ?? false),
    column("StorageCapacity", "boolean", doc("storageCapacity"), ({ spec }) => spec?.storageCapacity ?? false),
    column("TokenRequests", "string", doc("tokenRequests"), tokensText),
    column("RequiresRepublish", "boolean", doc("requiresRepublish"), ({ spec }) => spec?.requiresRepublish ?? false),
    column("Modes", "string", doc("volumeLifecycleModes"), modesText),
    ageColumn,
  ],
  setDefaults,
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: true, returnsDeleted: true, requiresRevision: true },
};
