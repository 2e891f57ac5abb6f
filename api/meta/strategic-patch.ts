// Strategic merge patch: a merge patch that knows the model. Lists of objects merge by a key, lists of plain values merge as
// sets, and directives in the patch replace, delete, order and retain. upstream:
// apimachinery/pkg/util/strategicpatch/patch.go, contributors/devel/sig-api-machinery/strategic-merge-patch.md
//
// P1 neither the document nor the patch is changed. P2 a directive never ends in the result. P3 null removes a field and
// is never stored. P4 items that a patch names come in the patch's order, the others keep theirs.
import { listFact, type ListFact } from "#api/schema/facts.ts";
import { type FieldSchema, modelSchema } from "#api/schema/models.ts";
import { invalidValue } from "./field-error.ts";
import { goKind, goPrint, isJsonObject, type JsonObject, setKey } from "./json.ts";
import { orderItems } from "./patch-order.ts";
import { badRequest, invalid } from "./status.ts";

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER = "$setElementOrder/";

/** What does not fit the document: a 422 that shows the patch. */
class Misfit extends Error {}

const misfit = (message: string): never => {
  throw new Misfit(message);
};

/** What is known of a field: its schema, and how its list merges. */
type Field = { readonly schema: FieldSchema | undefined; readonly fact: ListFact | undefined };

const fieldOf = (parent: FieldSchema | undefined, key: string): Field => {
  if (parent?.$ref === undefined) return { schema: parent?.additionalProperties, fact: undefined };
  const { properties } = modelSchema(parent.$ref);
  return { schema: Object.hasOwn(properties, key) ? properties[key] : undefined, fact: listFact(parent.$ref, key) };
};

const isDirective = (key: string): boolean =>
  key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(ELEMENT_ORDER);

const isMarked = (value: unknown): value is JsonObject => isJsonObject(value) && Object.hasOwn(value, DIRECTIVE);

/** A value of the patch that meets nothing in the document: without nulls and without directives. */
const fresh = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((item) => !isMarked(item)).map(fresh);
  if (!isJsonObject(value)) return value;
  if (value[DIRECTIVE] === "delete") return {};
  const result: { [key: string]: unknown } = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== null && !isDirective(key)) setKey(result, key, fresh(inner));
  return result;
};

const listIn = (patch: JsonObject, key: string): readonly unknown[] | undefined => {
  const value = Object.hasOwn(patch, key) ? patch[key] : undefined;
  if (value === undefined || Array.isArray(value)) return value;
  return badList(key);
};

const badList = (directive: string): never => {
  const kind = directive.startsWith(DELETE_FROM) ? "primitive" : directive === RETAIN_KEYS ? "retainKeys" : "setElementOrder";
  throw badRequest(kind === "retainKeys" ? "invalid patch format of retainKeys" : `invalid patch format of ${kind} list`);
};

/** Drops what `$retainKeys` does not name. Everything that the patch sets must be named. */
const retain = (document: JsonObject, patch: JsonObject): JsonObject => {
  const keys = listIn(patch, RETAIN_KEYS);
  if (keys === undefined) return document;
  const kept = new Set(keys);
  const unnamed = Object.entries(patch).some(([key, value]) => value !== null && !isDirective(key) && !kept.has(key));
  if (unnamed) badList(RETAIN_KEYS);
  return Object.fromEntries(Object.entries(document).filter(([key]) => kept.has(key)));
};

const keyOf = (item: unknown, mergeKey: string): unknown => {
  if (!isJsonObject(item)) return misfit(`expected a map[string]interface {}, but received a ${goKind(item)}`);
  if (!Object.hasOwn(item, mergeKey)) misfit(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  return item[mergeKey];
};

type Items = readonly unknown[];

/** The items of a list of objects after the patch's items: deleted, merged or added. Unordered. */
const mergeObjects = (items: Items, patch: Items, mergeKey: string, schema: FieldSchema | undefined): Items => {
  const result = [...items];
  for (const item of patch) {
    const key = keyOf(item, mergeKey);
    const at = result.findIndex((old) => isJsonObject(old) && old[mergeKey] === key);
    if (at < 0) result.push(fresh(item));
    else result[at] = mergeMap(result[at] as JsonObject, item as JsonObject, schema);
  }
  return result;
};

const unknownDirective = (map: JsonObject): never => misfit(`unknown patch type: ${goPrint(map[DIRECTIVE])} in map: ${goPrint(map)}`);

/** Takes out what the patch's marked items delete; a `$patch: replace` takes out everything. */
const applyMarks = (items: Items, marks: readonly JsonObject[], mergeKey: string): Items => {
  const gone = new Set<unknown>();
  for (const mark of marks) {
    if (mark[DIRECTIVE] === "merge") misfit("merging lists cannot yet be specified in the patch");
    else if (mark[DIRECTIVE] === "delete") gone.add(keyOf(mark, mergeKey));
    else if (mark[DIRECTIVE] !== "replace") unknownDirective(mark);
  }
  if (marks.some((mark) => mark[DIRECTIVE] === "replace")) return [];
  return gone.size === 0 ? items : items.filter((item) => !gone.has(keyOf(item, mergeKey)));
};

const mergeKeyedList = (items: Items, patch: Items, mergeKey: string, schema: FieldSchema | undefined): Items => {
  const left = applyMarks(items, patch.filter(isMarked), mergeKey);
  const plain = patch.filter((item) => !isMarked(item));
  const key = (item: unknown): unknown => keyOf(item, mergeKey);
  return orderItems(mergeObjects(left, plain, mergeKey, schema), { wanted: plain.map(key), before: left.map(key), key });
};

const mergeValues = (items: Items, patch: Items): Items => {
  const all = [...new Set([...items, ...patch])];
  return orderItems(all, { wanted: patch, before: items, key: (item) => item });
};

const kinds = (items: Items): ReadonlySet<string> => new Set(items.map(goKind));

const mergeList = (items: Items, patch: Items, { schema, fact }: Field): Items => {
  if (fact?.patch?.startsWith("merge") !== true) return fresh(patch) as Items;
  const all = kinds([...items, ...patch]);
  if (all.size > 1) misfit(`list element types are not identical: ${goPrint([items, patch])}`);
  if (all.has("array")) misfit("lists of lists are not supported");
  if (!all.has("object")) return mergeValues(items, patch);
  if (fact.mergeKey === undefined) return misfit("cannot merge lists without merge key for type map");
  return mergeKeyedList(items, patch, fact.mergeKey, schema?.items);
};

/** The list that a field holds after its patch and its `$setElementOrder`. */
const orderedList = (old: Items | undefined, patch: Items | undefined, order: Items, field: Field): Items => {
  const { mergeKey } = field.fact ?? {};
  const key = (item: unknown): unknown => (mergeKey === undefined ? item : keyOf(item, mergeKey));
  const named = order.map(key);
  const places = (patch ?? []).filter((item) => !isMarked(item)).map((item) => named.indexOf(key(item)));
  if (order.length > 0 && places.some((place, at) => place < 0 || place < (places[at - 1] ?? 0))) {
    misfit(`The order in patch list:\n${goPrint(patch)}\n doesn't match $setElementOrder list:\n${goPrint(order)}\n`);
  }
  const merged = old === undefined ? (fresh(patch) as Items) : patch === undefined ? old : mergeList(old, patch, field);
  return orderItems(merged, { wanted: named, before: (old ?? []).map(key), key });
};

const mergeValue = (old: unknown, value: unknown, field: Field): unknown => {
  if (goKind(old) !== goKind(value)) return fresh(value);
  if (Array.isArray(old) && Array.isArray(value)) return mergeList(old, value, field);
  if (!isJsonObject(old) || !isJsonObject(value) || field.fact?.patch === "replace") return fresh(value);
  return mergeMap(old, value, field.schema);
};

type Result = { [key: string]: unknown };

/** Merges and orders the list that a `$setElementOrder` speaks of, and gives the name of its field. */
const applyOrder = (result: Result, patch: JsonObject, directive: string, parent: FieldSchema | undefined): string => {
  const field = directive.slice(ELEMENT_ORDER.length);
  const [order = [], old, items] = [listIn(patch, directive), listIn(result, field), listIn(patch, field)];
  if (old !== undefined || items !== undefined) setKey(result, field, orderedList(old, items, order, fieldOf(parent, field)));
  return field;
};

const applyDeletion = (result: Result, patch: JsonObject, directive: string): void => {
  const field = directive.slice(DELETE_FROM.length);
  const [gone = [], old] = [listIn(patch, directive), listIn(result, field)];
  if (old !== undefined)
    setKey(
      result,
      field,
      old.filter((item) => !gone.includes(item)),
    );
};

const applyField = (result: Result, key: string, value: unknown, field: Field): void => {
  if (value === null) delete result[key];
  else setKey(result, key, Object.hasOwn(result, key) ? mergeValue(result[key], value, field) : fresh(value));
};

const mergeMap = (document: JsonObject, patch: JsonObject, schema: FieldSchema | undefined): JsonObject => {
  if (Object.hasOwn(patch, DIRECTIVE)) {
    if (patch[DIRECTIVE] === "delete") return {};
    return patch[DIRECTIVE] === "replace" ? (fresh(patch) as JsonObject) : unknownDirective(patch);
  }
  const result: Result = { ...retain(document, patch) };
  const keys = Object.keys(patch);
  const ordered = new Set(keys.filter((key) => key.startsWith(ELEMENT_ORDER)).map((key) => applyOrder(result, patch, key, schema)));
  for (const key of keys) {
    if (key.startsWith(DELETE_FROM)) applyDeletion(result, patch, key);
    else if (!isDirective(key) && !ordered.has(key)) applyField(result, key, patch[key], fieldOf(schema, key));
  }
  return result;
};

/**
 * The document after a strategic merge patch; `model` is the generated schema's name of the document (`V1Pod`).
 * Throws: BadRequest for what is no patch, Invalid when it does not fit the document.
 */
export const strategicMergePatch = (document: JsonObject, patch: unknown, model: string): JsonObject => {
  if (!isJsonObject(patch)) throw badRequest(`json: cannot unmarshal ${goKind(patch)} into Go value of type map[string]interface {}`);
  try {
    return mergeMap(document, patch, { $ref: model });
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw invalid({ group: "", kind: "", name: "" }, [invalidValue("patch", goPrint(patch), error.message)]);
  }
};
