// Whether the validation rules of a schema can be run: they compile, have something to compare with, and do not cost too much.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go ValidateCustomResourceDefinitionOpenAPISchema
import { estimatedCost } from "../cel/estimate.ts";
import { ESTIMATED_RULE_LIMIT, ESTIMATED_TOTAL_LIMIT } from "../cel/meter.ts";
import { CompileError, type Program } from "../cel/program.ts";
import type { V1ValidationRule } from "../generated/types.ts";
import { each } from "../meta/check.ts";
import { forbiddenField, invalidValue, notSupported, required } from "../meta/field-error.ts";
import type { FieldError } from "../meta/status.ts";
import { simplePath } from "./json-path.ts";
import { compileRule, rulesOf, type Rule } from "./rule-programs.ts";
import { seenOf } from "./rule-types.ts";
import { below, itemsOf, propertyOf, valuesOf, type Schema } from "./schema.ts";

type Errors = Iterable<FieldError>;

/** Where a schema stands. `count`: how many values of it one object may have. */
type Place = { readonly path: string; readonly count: number; readonly uncorrelatable: string | undefined };

type Total = { cost: number };

/** What is wrong with the rules of a version's schema. */
export function* ruleDefinitionErrors(schema: Schema, path: string): Errors {
  const total: Total = { cost: 0 };
  const root: Schema = { ...schema, "x-kubernetes-embedded-resource": true };
  yield* nodeErrors(root, { path, count: 1, uncorrelatable: undefined }, total);
  if (total.cost > ESTIMATED_TOTAL_LIMIT) {
    const name = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    yield forbiddenField(path, exceeds(name, total.cost / ESTIMATED_TOTAL_LIMIT));
  }
}

function* nodeErrors(schema: Schema, place: Place, total: Total): Errors {
  yield* ownErrors(schema, place, total);
  const { path, count } = place;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* nodeErrors(property, { ...place, path: `${below(path, "properties")}[${name}]` }, total);
  }
  const [items, values] = [itemsOf(schema), valuesOf(schema)];
  if (items !== undefined) {
    const isKeyed = schema["x-kubernetes-list-type"] === "map";
    const inner = below(path, "items");
    yield* nodeErrors(
      items,
      { path: inner, count: count * sizeOf(schema), uncorrelatable: place.uncorrelatable ?? (isKeyed ? undefined : path) },
      total,
    );
  }
  if (values !== undefined && schema.additionalProperties !== true) {
    yield* nodeErrors(values, { ...place, path: below(path, "additionalProperties"), count: count * sizeOf(schema) }, total);
  }
}

const sizeOf = (schema: Schema): number => {
  const type = seenOf(schema)?.type;
  return type !== undefined && (type.is === "list" || type.is === "map") ? (type.max ?? 1) : 1;
};

function* ownErrors(schema: Schema, place: Place, total: Total): Errors {
  const type = seenOf(schema)?.type;
  for (const [rule, at] of each(below(place.path, "x-kubernetes-validations"), rulesOf(schema))) {
    yield* formErrors(rule, at, schema);
    if (rule.rule.trim() === "" || type === undefined) continue;
    const compiled = compileRule(rule, type);
    yield* expressionErrors(compiled, at, { place, total });
  }
}

const REASONS = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

function* formErrors(rule: V1ValidationRule, at: string, schema: Schema): Errors {
  const { messageExpression, reason, fieldPath } = rule;
  if (rule.rule.trim() === "") yield required(`${at}.rule`, "rule is not specified");
  yield* messageErrors(rule, at);
  if (messageExpression?.trim() === "") {
    yield required(`${at}.messageExpression`, "messageExpression must be non-empty if specified");
  }
  if (reason !== undefined && !REASONS.includes(reason)) yield notSupported(`${at}.reason`, reason, REASONS);
  if (fieldPath !== undefined && !isField(schema, fieldPath)) {
    yield invalidValue(`${at}.fieldPath`, fieldPath, "fieldPath must be a valid path: does not refer to a valid field");
  }
}

function* messageErrors({ message, rule }: V1ValidationRule, at: string): Errors {
  if (message === undefined) {
    if (rule.trim().includes("\n")) yield required(`${at}.message`, "message must be specified if rule contains line breaks");
  } else if (message !== "" && message.trim() === "")
    yield invalidValue(`${at}.message`, message, "message must be non-empty if specified");
  else if (message.trim().includes("\n")) yield invalidValue(`${at}.message`, message, "message must not contain line breaks");
}

/** Fields and keys of maps can be named, items of lists cannot. */
const isField = (schema: Schema, fieldPath: string): boolean => {
  const steps = simplePath(fieldPath);
  const step = (of: Schema | undefined, name: string): Schema | undefined =>
    of === undefined ? undefined : (propertyOf(of, name) ?? valuesOf(of));
  return steps !== undefined && steps.length > 0 && steps.reduce<Schema | undefined>(step, schema) !== undefined;
};

type Around = { readonly place: Place; readonly total: Total };

function* expressionErrors({ rule, program, message, isTransition }: Rule, at: string, { place, total }: Around): Errors {
  if (program instanceof CompileError) yield invalidValue(`${at}.rule`, rule.rule, ruleFault(program));
  else yield* costErrors(program, { at: `${at}.rule`, name: "estimated rule cost" }, { place, total });
  if (message instanceof CompileError) {
    yield invalidValue(
      `${at}.messageExpression`,
      rule.messageExpression,
      message.message.replace("compilation failed", "messageExpression compilation failed"),
    );
  } else if (message !== undefined) {
    yield* costErrors(message, { at: `${at}.messageExpression`, name: "estimated messageExpression cost" }, { place, total });
  }
  if (!isTransition) {
    if (rule.optionalOldSelf !== undefined) {
      yield invalidValue(`${at}.optionalOldSelf`, rule.optionalOldSelf, "may not be set if oldSelf is not used in rule");
    }
  } else if (place.uncorrelatable !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
    yield invalidValue(`${at}.rule`, rule.rule, why);
  }
}

const ruleFault = ({ message }: CompileError): string =>
  message === "must evaluate to bool" ? "cel expression must evaluate to a bool" : message;

type Costly = { readonly at: string; readonly name: string };

function* costErrors({ expr, checked }: Program, { at, name }: Costly, { place, total }: Around): Errors {
  const cost = estimatedCost(expr, checked) * place.count;
  total.cost += cost;
  if (cost > ESTIMATED_RULE_LIMIT) yield forbiddenField(at, exceeds(name, cost / ESTIMATED_RULE_LIMIT));
}

/** upstream: getCostErrorMessage */
const exceeds = (name: string, factor: number): string => {
  const shown = factor > 100 ? "more than 100x" : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  const hint = "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared";
  return `${name} exceeds budget by factor of ${shown} (${hint})`;
};
