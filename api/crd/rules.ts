// Whether a value obeys the validation rules of its schema. A rule that compares with the old value runs only where there is
// one; a rule that fails on a value that did not change is let pass. upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/validation.go
import { RUNTIME_BUDGET } from "../cel/meter.ts";
import { CompileError, evaluate, type Outcome } from "../cel/program.ts";
import { CostExceeded, Optional, type Value } from "../cel/values.ts";
import { deepEqual } from "../meta/equal.ts";
import { duplicate, forbiddenField, invalidValue, required } from "../meta/field-error.ts";
import { isJsonObject, type JsonObject } from "../meta/json.ts";
import type { FieldError } from "../meta/status.ts";
import type { V1ValidationRule } from "../generated/types.ts";
import { simplePath } from "./json-path.ts";
import { ruleTree, type Rule, type RuleNode } from "./rule-programs.ts";
import { below, type Schema } from "./schema.ts";

/** A value where it stands. `old` undefined: it is new, or what it was cannot be told. */
type Place = { readonly value: unknown; readonly old: unknown; readonly path: string };

/** What the rules of one object share. */
type Trace = { readonly errors: FieldError[]; left: number };

/** Every rule of the schema that an object breaks. `old`: the object before the change; undefined: it is new. */
export const ruleErrors = (value: unknown, old: unknown, schema: Schema): readonly FieldError[] => {
  const tree = ruleTree(schema);
  if (tree === undefined) return [];
  const trace: Trace = { errors: [], left: RUNTIME_BUDGET };
  checkNode(tree, { value, old, path: "" }, trace);
  return trace.errors;
};

const checkNode = (node: RuleNode, place: Place, trace: Trace): void => {
  if (place.value === null || place.value === undefined) return;
  for (const rule of node.rules) {
    if (trace.left < 0) return;
    checkRule(node, rule, { place, trace });
  }
  if (isJsonObject(place.value)) checkFields(node, { ...place, value: place.value }, trace);
  else if (Array.isArray(place.value) && node.items !== undefined)
    checkItems(node, node.items, { place: { ...place, value: place.value }, trace });
};

const checkFields = (node: RuleNode, { value, old, path }: Place & { readonly value: JsonObject }, trace: Trace): void => {
  const before = isJsonObject(old) ? old : {};
  for (const [key, child] of Object.entries(value)) {
    const inner = node.properties.get(key) ?? node.values;
    if (inner === undefined) continue;
    const at = node.properties.has(key) ? below(path, key) : `${path}[${key}]`;
    checkNode(inner, { value: child, old: Object.hasOwn(before, key) ? before[key] : undefined, path: at }, trace);
  }
};

type List = { readonly place: Place & { readonly value: readonly unknown[] }; readonly trace: Trace };

/** Items are told apart by their keys; those of other lists have no past. */
const checkItems = ({ schema }: RuleNode, items: RuleNode, { place: { value, old, path }, trace }: List): void => {
  const keys = schema["x-kubernetes-list-type"] === "map" ? (schema["x-kubernetes-list-map-keys"] ?? []) : [];
  const before: readonly unknown[] = keys.length > 0 && Array.isArray(old) ? old : [];
  for (const [index, item] of value.entries()) {
    checkNode(items, { value: item, old: before.find((one) => hasSameKeys(one, item, keys)), path: below(path, index) }, trace);
  }
};

const hasSameKeys = (a: unknown, b: unknown, keys: readonly string[]): boolean =>
  isJsonObject(a) && isJsonObject(b) && keys.every((key) => deepEqual(a[key], b[key]));

type Checking = { readonly place: Place; readonly trace: Trace };

const typeName = ({ schema }: RuleNode): string => schema.type ?? "";

const isNothing = (value: unknown): boolean => value === undefined || value === null;

const checkRule = (node: RuleNode, compiled: Rule, checking: Checking): void => {
  const { rule, program, isTransition } = compiled;
  const { place, trace } = checking;
  if (isTransition && isNothing(place.old) && rule.optionalOldSelf !== true) return;
  if (program instanceof CompileError) {
    trace.errors.push(invalidValue(place.path, typeName(node), `rule compile error: ${program.message}`));
    return;
  }
  const outcome = evaluate(program, variablesOf(node, compiled, place), trace.left);
  trace.left -= outcome.cost;
  if ("error" in outcome) trace.errors.push(evaluationError(node, rule, { place, outcome, trace }));
  else if (outcome.value !== true && !isAsBefore(compiled, place)) trace.errors.push(broken(node, compiled, checking));
};

/** A value that was wrong before may stay so. upstream: CRDValidationRatcheting */
const isAsBefore = ({ isTransition }: Rule, { value, old }: Place): boolean => !isTransition && !isNothing(old) && deepEqual(value, old);

const variablesOf = ({ seen }: RuleNode, { rule }: Rule, { value, old }: Place) => {
  const before = old === undefined || old === null ? undefined : old;
  return (name: string): Value | undefined => {
    if (name === "self") return seen?.read(value);
    if (rule.optionalOldSelf === true) return new Optional(before === undefined ? undefined : seen?.read(before));
    return before === undefined ? undefined : seen?.read(before);
  };
};

/** upstream: ruleErrorString */
const named = ({ message = "", rule }: V1ValidationRule): string => (message.trim() === "" ? rule.trim() : message.trim());

type Failing = { readonly place: Place; readonly outcome: Extract<Outcome, { error: unknown }>; readonly trace: Trace };

const evaluationError = (node: RuleNode, rule: V1ValidationRule, { place: { path }, outcome: { error }, trace }: Failing): FieldError => {
  if (error instanceof CostExceeded) {
    trace.left = -1;
    const why = `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${named(rule)}`;
    return invalidValue(path, typeName(node), why);
  }
  const isOverload = error.message.startsWith("no such overload");
  const why = isOverload
    ? `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${named(rule)}`
    : `${error.message} evaluating rule: ${named(rule)}`;
  return invalidValue(path, typeName(node), why);
};

const broken = (node: RuleNode, compiled: Rule, { place, trace }: Checking): FieldError => {
  const { rule } = compiled;
  const steps = rule.fieldPath === undefined ? [] : (simplePath(rule.fieldPath) ?? []);
  const path = steps.reduce<string>((at, step) => below(at, step), place.path);
  const text = messageOf(node, compiled, { place, trace }) ?? (rule.message?.trim() || `failed rule: ${named(rule)}`);
  return withReason(rule.reason, path, { type: typeName(node), text });
};

/** What the rule's own expression says; undefined: nothing that could be shown. */
const messageOf = (node: RuleNode, compiled: Rule, { place, trace }: Checking): string | undefined => {
  const { message } = compiled;
  if (message === undefined || message instanceof CompileError) return undefined;
  const outcome = evaluate(message, variablesOf(node, compiled, place), trace.left);
  trace.left -= outcome.cost;
  const text = "error" in outcome ? "" : (outcome.value as string).trim();
  return text === "" || text.includes("\n") || text.length > MAX_MESSAGE ? undefined : text;
};

const MAX_MESSAGE = 5 * 1024;

const withReason = (reason = "", path: string, { type, text }: { type: string; text: string }): FieldError => {
  switch (reason) {
    case "FieldValueForbidden":
      return forbiddenField(path, text);
    case "FieldValueRequired":
      return required(path, text);
    case "FieldValueDuplicate":
      return duplicate(path, type);
    default:
      return invalidValue(path, type, text);
  }
};
