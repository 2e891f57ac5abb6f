// metadata.managedFields of every write: who changed what. upstream: apimachinery/pkg/util/managedfields/internal
import { ApplyError } from "#api/apply/walk.ts";
import { fieldSetOf, type FieldSet } from "#api/apply/field-set.ts";
import { NO_MANAGERS, readManagers, writeManagers, type Author, type Managers } from "#api/apply/managers.ts";
import { reconciled } from "#api/apply/reconcile.ts";
import { managersAfterUpdate, type Version, type Write } from "#api/apply/ownership.ts";
import type { Kind } from "#api/kind.ts";
import type { JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { apiVersionOf, groupResource } from "#api/meta/resource.ts";
import { codecOf } from "#api/schema/codec.ts";
import type { User } from "#lib/api.ts";
import { toTime } from "#lib/clock.ts";
import type { Call, Core } from "../core.ts";
import { isApply } from "./apply-call.ts";
import { metaOf } from "./metadata.ts";

/** upstream: fieldmanager.prefixFromUserAgent */
const MAX_MANAGER = 128;

/** Who a client that does not name itself is: what its user agent says, else the last word of its user name. */
const unnamed = (user: User, userAgent = ""): string => {
  const agent = userAgent.split("/")[0] ?? "";
  if (agent !== "") return agent.slice(0, MAX_MANAGER);
  return user.name.startsWith("system:node:") ? "kubelet" : (user.name.split(":").at(-1) ?? "unknown");
};

const managerOf = ({ user, request, options }: Call): string =>
  (options.fieldManager ?? "") === "" ? unnamed(user, request.userAgent) : (options.fieldManager ?? "");

const authorOf = (call: Call, operation: Author["operation"]): Author => ({
  manager: managerOf(call),
  operation,
  apiVersion: apiVersionOf(call.kind),
  subresource: call.subresource,
});

const STATUS = fieldSetOf([["f:status"]]);
const NOTHING: FieldSet = new Map();

/** What such a write cannot change. upstream: rest.ResetFieldsStrategy */
const ignoredBy = ({ kind, subresource }: Call, objects: readonly KubeObject[]): FieldSet => {
  if (subresource !== "status") return kind.status ? STATUS : NOTHING;
  const keepsMetadata = kind.strategy.statusKeepsMetadata === true;
  const isIntent = (field: string): boolean => field !== "status" && (keepsMetadata || field !== "metadata");
  const intent = objects.flatMap((object) => Object.keys(object)).filter(isIntent);
  return fieldSetOf([...new Set(intent)].map((field) => [`f:${field}`]));
};

const same = (object: JsonObject): JsonObject => object;

const storedAs = (kind: Kind): string => groupResource(kind.storedAs?.resource ?? kind);

/** The kind in another of its versions, if it still has that; it need not be served. */
const versionOf = ({ caches }: Core, { kind, scheme }: Call, apiVersion: string): Version | undefined => {
  if (apiVersion === apiVersionOf(kind)) return { shape: codecOf(kind).shape, convert: same };
  const other = scheme.kept.find((one) => apiVersionOf(one) === apiVersion && storedAs(one) === storedAs(kind));
  const [from, to] = [caches.of(kind), other && caches.of(other)];
  if (other === undefined || from === undefined || to === undefined) return undefined;
  // what somebody else converts is not asked for here: its versions are taken to have the same fields
  if (kind.storedAs?.ready !== undefined) return { shape: codecOf(kind).shape, convert: same };
  return { shape: codecOf(other).shape, convert: (object) => to.fromStored(from.toStored(object)) };
};

/** The call as ownership sees it. */
export const writeOf = (core: Core, call: Call, operation: Author["operation"], objects: readonly KubeObject[]): Write => ({
  author: authorOf(call, operation),
  time: toTime(core.ports.clock.now()),
  versions: (apiVersion) => versionOf(core, call, apiVersion),
  ignored: ignoredBy(call, objects),
});

/** The object without what tells of its managers. */
export const unmanaged = ({ metadata, ...rest }: KubeObject): JsonObject => {
  const { managedFields: _fields, ...meta } = metadata ?? {};
  return { ...rest, ...(metadata === undefined ? {} : { metadata: meta }) };
};

/** The managers that an object tells; none when what it tells makes no sense. */
export const managersOf = (meta: ObjectMeta | undefined): Managers => readManagers(meta?.managedFields) ?? NO_MANAGERS;

/** The managers as the kind's schema has their fields now; only custom kinds change theirs. */
export const managersNow = ({ kind }: Call, { versions }: Write, managers: Managers): Managers =>
  kind.codec === undefined ? managers : reconciled(managers, versions);

/** Writes the managers into an object. */
export const setManagers = (draft: Draft<KubeObject>, managers: Managers): void => {
  const meta = metaOf(draft);
  if (managers.size === 0) delete meta.managedFields;
  else meta.managedFields = writeManagers(managers);
};

/** A client clears the managers by an empty list, or one empty entry. upstream: isResetManagedFields */
const isCleared = ({ managedFields }: ObjectMeta): boolean => {
  if (managedFields === undefined || managedFields.length > 1) return false;
  return Object.keys(managedFields[0] ?? {}).length === 0;
};

/** A client may write the managers of an object; one that knows nothing of them, or writes a subresource, leaves them alone. */
const presentManagers = ({ subresource }: Call, meta: ObjectMeta, old: KubeObject | undefined): Managers => {
  if (subresource === "" && isCleared(meta)) return NO_MANAGERS;
  const sent = subresource === "" ? managersOf(meta) : NO_MANAGERS;
  return sent.size > 0 ? sent : managersOf(old?.metadata);
};

/**
 * Notes what the call changes. `old` undefined: the object is new. An object without managers gets none before it is first
 * applied. An object that does not fit its shape keeps the managers that it has, and is judged by validation.
 */
export const trackUpdate = (core: Core, call: Call, draft: Draft<KubeObject>, old?: KubeObject): void => {
  if (isApply(call)) return; // applying has noted it
  const managers = presentManagers(call, metaOf(draft), old);
  if (old !== undefined && managers.size === 0) return setManagers(draft, managers);
  const [before, after] = [unmanaged(old ?? {}), unmanaged(draft)];
  const write = writeOf(core, call, "Update", [before, after]);
  try {
    setManagers(draft, managersAfterUpdate(write, managersNow(call, write, managers), { before, after }));
  } catch (error) {
    if (!(error instanceof ApplyError)) throw error;
    setManagers(draft, managers);
  }
};
