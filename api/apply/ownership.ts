// What a write does to who manages what. An update takes every field that it changes; an apply claims every field that its
// configuration has, and is refused fields that others manage with other values, unless it is forced.
// upstream: sigs.k8s.io/structured-merge-diff/merge/update.go, apimachinery/pkg/util/managedfields/internal
import type { JsonObject } from "../meta/json.ts";
import { compare, type Comparison } from "./compare.ts";
import { difference, fieldSetOf, intersection, NO_FIELDS, sameFields, union, without, type FieldSet } from "./field-set.ts";
import { capped, idOf, managedBy, withManager, type Author, type Manager, type Managers } from "./managers.ts";
import { merge } from "./merge.ts";
import { removeFields } from "./remove.ts";
import type { Shape } from "./shape.ts";
import { fieldsOf, withNamedFields } from "./walk.ts";

/** An object's kind in one of its versions. */
export type Version = { readonly shape: Shape; readonly convert: (object: JsonObject) => JsonObject };

/** The versions that managers may speak; undefined for one that is served no more, whose managers are forgotten. */
export type Versions = (apiVersion: string) => Version | undefined;

/** A write, as ownership sees it. */
export type Write = {
  readonly author: Author;
  readonly versions: Versions;
  /** Now, as Kubernetes writes times. */
  readonly time: string;
  /** Fields that such a write cannot change, whatever it says. */
  readonly ignored: FieldSet;
};

/** Fields that the server itself keeps. upstream: stripmeta.go */
const SERVERS_OWN = fieldSetOf([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation", "managedFields", "resourceVersion"].map(
    (field) => ["f:metadata", `f:${field}`],
  ),
]);

/** What one manager would lose to an apply. */
export type Conflict = { readonly manager: Manager; readonly fields: FieldSet };

type Change = { readonly before: JsonObject; readonly after: JsonObject };

const shapeOf = ({ versions, author }: Write): Shape => versions(author.apiVersion)?.shape ?? { is: "any" };

const compareIn = ({ versions, ignored }: Write, apiVersion: string, { before, after }: Change): Comparison | undefined => {
  const version = versions(apiVersion);
  if (version === undefined) return undefined;
  const seen = (object: JsonObject): unknown => removeFields(version.convert(object), ignored, version.shape) ?? {};
  return compare(seen(before), seen(after), version.shape);
};

type Outcome = { readonly managers: Managers; readonly conflicts: readonly Conflict[]; readonly own: Comparison };

const NO_CHANGE: Comparison = { added: NO_FIELDS, modified: NO_FIELDS, removed: NO_FIELDS };

/** What the change takes from everybody but its author. */
const takenFromOthers = (write: Write, managers: Managers, change: Change): Outcome => {
  const byVersion = new Map<string, Comparison | undefined>();
  const comparisonIn = (apiVersion: string): Comparison | undefined => {
    if (!byVersion.has(apiVersion)) byVersion.set(apiVersion, compareIn(write, apiVersion, change));
    return byVersion.get(apiVersion);
  };
  const own = comparisonIn(write.author.apiVersion) ?? NO_CHANGE;
  const author = idOf(write.author);
  const conflicts: Conflict[] = [];
  let left = managers;
  for (const [id, manager] of managers) {
    if (id === author) continue;
    const comparison = comparisonIn(manager.apiVersion);
    const fields = comparison === undefined ? NO_FIELDS : intersection(manager.fields, union(comparison.modified, comparison.added));
    const kept = comparison === undefined ? NO_FIELDS : difference(difference(manager.fields, fields), comparison.removed);
    if (fields.size > 0) conflicts.push({ manager, fields });
    if (kept !== manager.fields) left = withManager(left, { ...manager, fields: kept });
  }
  return { managers: left, conflicts, own };
};

/** Who manages what after an update. Throws: ApplyError when an object does not fit its shape. */
export const managersAfterUpdate = (write: Write, managers: Managers, change: Change): Managers => {
  const { managers: left, own } = takenFromOthers(write, managers, change);
  const taken = difference(union(own.modified, own.added), SERVERS_OWN);
  const before = managedBy(managers, write.author);
  const kept = difference(before, own.removed);
  if (taken.size === 0 && sameFields(kept, before)) return left;
  const time = taken.size > 0 ? write.time : left.get(idOf(write.author))?.time;
  return capped(withManager(left, { ...write.author, time, fields: union(kept, taken) }));
};

/** What an apply makes: the object and its managers; conflicts, unless it was forced. */
export type Applied = { readonly object: JsonObject; readonly managers: Managers } | { readonly conflicts: readonly Conflict[] };

/** Applies a configuration to the object as it is. Throws: ApplyError. */
export const apply = (write: Write, managers: Managers, { live, config, force }: ApplyInput): Applied => {
  const shape = shapeOf(write);
  const before = managers.get(idOf(write.author));
  const claimed = difference(without(fieldsOf(config, shape), write.ignored), SERVERS_OWN);
  const applier: Manager = { ...write.author, time: before?.time, fields: claimed };
  const claimedManagers = new Map(managers).set(idOf(applier), applier);
  const merged = merge(live, config, shape) as JsonObject;
  const object = before === undefined ? merged : prune(write, claimedManagers, { merged, last: before });
  const { managers: left, conflicts } = takenFromOthers(write, claimedManagers, { before: live, after: object });
  if (conflicts.length > 0 && !force) return { conflicts };
  const { added, modified, removed } = compare(live, object, shape);
  const isChanged = added.size + modified.size + removed.size > 0 || before === undefined || !sameFields(before.fields, claimed);
  return { object, managers: withManager(left, isChanged ? { ...applier, time: write.time } : applier) };
};

export type ApplyInput = { readonly live: JsonObject; readonly config: JsonObject; readonly force: boolean };

type Pruning = { readonly merged: JsonObject; readonly last: Manager };

/** Takes away what the author applied last time and does not now, unless somebody else manages it. upstream: Updater.prune */
const prune = (write: Write, managers: Managers, { merged, last }: Pruning): JsonObject => {
  const shape = shapeOf(write);
  const named = (set: FieldSet): FieldSet => withNamedFields(set, shape);
  const mergedWithout = (fields: FieldSet): JsonObject => (removeFields(merged, fields, shape) ?? {}) as JsonObject;
  const fieldsLeft = (fields: FieldSet): FieldSet => named(fieldsOf(mergedWithout(fields), shape));
  const all = named(fieldsOf(merged, shape));
  const others = named([...managers.values()].map(({ fields }) => fields).reduce(union, NO_FIELDS));
  const unowned = difference(all, union(fieldsLeft(named(last.fields)), others));
  return mergedWithout(intersection(difference(all, fieldsLeft(unowned)), named(last.fields)));
};
