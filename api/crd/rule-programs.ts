// The validation rules of a schema, compiled once, in a tree that holds only what has rules in it or below.
// upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go
import { compile, CompileError, type Program } from "../cel/program.ts";
import { BOOL, optionalOf, STRING, type Type } from "../cel/types.ts";
import type { V1ValidationRule } from "../generated/types.ts";
import { itemsOf, valuesOf, type Schema } from "./schema.ts";
import { seenOf, type Seen } from "./rule-types.ts";

/** One rule, ready to run. */
export type Rule = {
  readonly rule: V1ValidationRule;
  readonly program: Program | CompileError;
  /** undefined: the rule has none, or one that cannot run. */
  readonly message: Program | CompileError | undefined;
  /** It compares a value with what it was. */
  readonly isTransition: boolean;
};

/** Rules at a place in the schema, and below. */
export type RuleNode = {
  readonly schema: Schema;
  readonly seen: Seen | undefined;
  readonly rules: readonly Rule[];
  readonly properties: ReadonlyMap<string, RuleNode>;
  readonly items: RuleNode | undefined;
  readonly values: RuleNode | undefined;
};

/** The rules of a schema's own node. */
export const rulesOf = (schema: Schema): readonly V1ValidationRule[] => schema["x-kubernetes-validations"] ?? [];

/** Compiles one rule. */
export const compileRule = (rule: V1ValidationRule, type: Type): Rule => {
  const old = rule.optionalOldSelf === true ? optionalOf(type) : type;
  const environment = {
    variables: new Map([
      ["self", type],
      ["oldSelf", old],
    ]),
  };
  const program = compile(rule.rule, environment, [BOOL]);
  const message = rule.messageExpression === undefined ? undefined : compile(rule.messageExpression, environment, [STRING]);
  const reads = (one: Program | CompileError | undefined): boolean =>
    one !== undefined && !(one instanceof CompileError) && one.checked.reads.has("oldSelf");
  return { rule, program, message, isTransition: reads(program) || reads(message) };
};

const nodes = new WeakMap<Schema, RuleNode | undefined>();

/** The rules of a whole object's schema; undefined: it has none. */
export const ruleTree = (schema: Schema): RuleNode | undefined => {
  if (!nodes.has(schema)) nodes.set(schema, nodeOf({ ...schema, type: "object", "x-kubernetes-embedded-resource": true }));
  return nodes.get(schema);
};

const nodeOf = (schema: Schema | undefined): RuleNode | undefined => {
  if (schema === undefined) return undefined;
  const { rules, seen } = ownRules(schema);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = nodeOf(property);
    if (node !== undefined) properties.set(name, node);
  }
  const [items, values] = [nodeOf(itemsOf(schema)), nodeOf(valuesOf(schema))];
  const isEmpty = rules.length === 0 && properties.size === 0 && items === undefined && values === undefined;
  return isEmpty ? undefined : { schema, seen, rules, properties, items, values };
};

const ownRules = (schema: Schema): Pick<RuleNode, "rules" | "seen"> => {
  const seen = rulesOf(schema).length > 0 ? seenOf(schema) : undefined;
  return { seen, rules: seen === undefined ? [] : rulesOf(schema).map((rule) => compileRule(rule, seen.type)) };
};
