// Who manages which fields of an object: metadata.managedFields, read and written.
// upstream: apimachinery/pkg/util/managedfields/internal/managedfields.go
import type { V1ManagedFieldsEntry } from "../generated/types.ts";
import type { JsonObject } from "../meta/json.ts";
import { fromFieldsV1, NO_FIELDS, toFieldsV1, union, type FieldSet } from "./field-set.ts";

/** Who writes, and how: what tells one entry from another. */
export type Author = {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  /** "": the object itself. */
  readonly subresource: string;
};

/** An author and the fields that it manages. `time`: when it last changed them. */
export type Manager = Author & { readonly time: string | undefined; readonly fields: FieldSet };

/** Every manager of one object, by `idOf`. */
export type Managers = ReadonlyMap<string, Manager>;

export const NO_MANAGERS: Managers = new Map();

/** An applier is the same in every version of its kind. upstream: BuildManagerIdentifier */
export const idOf = ({ manager, operation, apiVersion, subresource }: Author): string =>
  JSON.stringify([manager, operation, operation === "Apply" ? "" : apiVersion, subresource]);

/** What a set was read from: it is written so again while it is the same. */
const readFrom = new WeakMap<FieldSet, JsonObject>();

/** The managers that an object's entries tell; undefined when an entry makes no sense. */
export const readManagers = (entries: readonly V1ManagedFieldsEntry[] = []): Managers | undefined => {
  const managers = entries.map(readManager);
  const known = managers.filter((manager) => manager !== undefined);
  return known.length < managers.length ? undefined : new Map(known.map((manager) => [idOf(manager), manager]));
};

const isOperation = (text: string | undefined): text is Author["operation"] => text === "Apply" || text === "Update";

const readManager = (entry: V1ManagedFieldsEntry): Manager | undefined => {
  const { manager = "", operation, apiVersion = "", subresource = "", time, fieldsType, fieldsV1 = {} } = entry;
  const fields = fromFieldsV1(fieldsV1);
  if (fields === undefined || fieldsType !== "FieldsV1" || !isOperation(operation)) return undefined;
  readFrom.set(fields, fieldsV1 as JsonObject);
  return { manager, operation, apiVersion, subresource, time, fields };
};

/** Appliers first, then by time and name. */
export const writeManagers = (managers: Managers): V1ManagedFieldsEntry[] => [...managers.values()].toSorted(byOrder).map(entryOf);

const byOrder = (a: Manager, b: Manager): number =>
  compareText(a.operation, b.operation) ||
  compareText(a.time ?? "", b.time ?? "") ||
  compareText(a.manager, b.manager) ||
  compareText(a.apiVersion, b.apiVersion) ||
  compareText(a.subresource, b.subresource);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const entryOf = ({ manager, operation, apiVersion, subresource, time, fields }: Manager): V1ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion,
  ...(time === undefined ? {} : { time }),
  fieldsType: "FieldsV1",
  fieldsV1: readFrom.get(fields) ?? toFieldsV1(fields),
  ...(subresource === "" ? {} : { subresource }),
});

/** The managers with this one, or without it when it manages nothing. */
export const withManager = (managers: Managers, manager: Manager): Managers => {
  const result = new Map(managers);
  if (manager.fields.size === 0) result.delete(idOf(manager));
  else result.set(idOf(manager), manager);
  return result;
};

/** What a manager has, whether it is known or not. */
export const managedBy = (managers: Managers, author: Author): FieldSet => managers.get(idOf(author))?.fields ?? NO_FIELDS;

/** More updaters than these are told together. upstream: DefaultMaxUpdateManagers */
const MOST_UPDATERS = 10;
const OLD_UPDATES = "ancient-changes";

/** The managers, with the oldest updaters of each version as one when they are too many. upstream: capmanagers.go */
export const capped = (managers: Managers): Managers => {
  const updaters = [...managers.values()].filter(({ operation }) => operation === "Update").toSorted(byOrder);
  const surplus = updaters.length - MOST_UPDATERS;
  if (surplus <= 0) return managers;
  const result = new Map(managers);
  for (const together of Object.values(Object.groupBy(updaters.slice(0, surplus + 1), ({ apiVersion }) => apiVersion))) {
    const last = together?.at(-1);
    if (together === undefined || last === undefined || together.length < 2) continue;
    for (const one of together) result.delete(idOf(one));
    const old: Manager = { ...last, manager: OLD_UPDATES, subresource: "", fields: together.map(({ fields }) => fields).reduce(union) };
    result.set(idOf(old), old);
  }
  return result;
};
