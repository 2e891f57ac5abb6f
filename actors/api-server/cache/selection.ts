// Which objects of one resource a reader wants, compiled once for many objects.
import type { Kind } from "#api/kind.ts";
import { matchesFields, parseFieldSelector, type FieldTerm } from "#api/meta/field-selector.ts";
import { everything, matches, parseLabelSelector, type Selector } from "#api/meta/selector.ts";
import { badRequest } from "#api/meta/status.ts";
import type { Entry, Facts } from "./entry.ts";

/** What a list, a watch or a deletecollection asks for. `namespace` undefined: all of them. */
export type Scope = {
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
};

/** A compiled scope. */
export type Selection = {
  readonly namespace: string | undefined;
  /** The one name asked for, if one is. */
  readonly name: string | undefined;
  readonly labels: Selector;
  /** Terms on fields other than metadata.name and metadata.namespace. */
  readonly terms: readonly FieldTerm[];
  /** Reads the fields of an object that is kept as another kind; absent: they are the kept kind's. */
  readonly fieldsOf?: ((entry: Entry) => Facts["fields"]) | undefined;
  /** Nothing but namespace and name narrows it, so that no object need be parsed. */
  readonly plain: boolean;
};

const NAME = "metadata.name";
const NAMESPACE = "metadata.namespace";

/** Throws: BadRequest for a selector that cannot be read or a field that cannot be selected by. */
export const selectionOf = (kind: Kind, scope: Scope): Selection => {
  const labels = scope.labelSelector === undefined ? everything() : parseLabelSelector(scope.labelSelector);
  const all = scope.fieldSelector === undefined ? [] : parseFieldSelector(scope.fieldSelector);
  for (const { field } of all) if (!isSelectable(kind, field)) throw badRequest(`field label not supported: ${field}`);
  const equal = (field: string): string | undefined => all.find((term) => term.field === field && term.op === "=")?.value;
  const name = equal(NAME);
  const namespace = scope.namespace ?? equal(NAMESPACE);
  const given = new Map([
    [NAME, name],
    [NAMESPACE, namespace],
  ]);
  const terms = all.filter(({ field, op, value }) => op === "!=" || given.get(field) !== value);
  return { namespace, name, labels, terms, plain: terms.length === 0 && labels.requirements.length === 0 && !labels.selectsNothing };
};

/** Everything in a namespace, or everything. */
export const scopedTo = (namespace: string | undefined): Selection => ({
  namespace,
  name: undefined,
  labels: everything(),
  terms: [],
  plain: true,
});

/** Kinds name their fields by what `fields` answers for an object, so an empty one tells which there are. */
const isSelectable = (kind: Kind, field: string): boolean =>
  field === NAME || (field === NAMESPACE && kind.namespaced) || Object.hasOwn(kind.fields?.({}) ?? {}, field);

/** True when the reader wants the object. */
export const selects = (selection: Selection, entry: Entry): boolean => {
  const { namespace, name } = selection;
  if (name !== undefined && name !== entry.key.name) return false;
  if (namespace !== undefined && namespace !== entry.key.namespace) return false;
  return selection.plain || (matches(selection.labels, entry.facts.labels) && fieldsMatch(selection, entry));
};

const fieldsMatch = ({ terms, fieldsOf }: Selection, entry: Entry): boolean => {
  if (terms.length === 0) return true;
  const fields = fieldsOf?.(entry) ?? entry.facts.fields;
  return matchesFields(terms, { ...fields, [NAME]: entry.key.name, [NAMESPACE]: entry.key.namespace });
};
