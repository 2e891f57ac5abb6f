// Which requests a webhook or policy is asked about. upstream: pkg/apis/admissionregistration/validation/validation.go
import { conditionEnvironment } from "#api/cel/admission.ts";
import { BOOL } from "#api/cel/types.ts";
import type { V1MatchCondition, V1RuleWithOperations } from "#api/generated/types.ts";
import { each, isEmpty, needed, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, invalidValue, notSupported, required, tooMany } from "#api/meta/field-error.ts";
import { qualifiedName } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkExpression } from "./expressions.ts";

const OPERATIONS: readonly string[] = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES: readonly string[] = ["*", "Cluster", "Namespaced"];
const MAX_CONDITIONS = 64;

/** Rules are about every scope unless they say otherwise. upstream: SetDefaults_Rule */
export const defaultRules = (rules: Draft<readonly V1RuleWithOperations[]> | undefined): void => {
  for (const rule of rules ?? []) rule.scope ??= "*";
};

/** A list with at least one item, none empty, `*` alone. */
function* checkWords(path: string, words: readonly string[] | undefined, others: string): Check {
  const list = words ?? [];
  if (list.length === 0) yield required(path);
  if (list.length > 1 && list.includes("*")) yield invalidValue(path, list, `if '*' is present, must not specify other ${others}`);
}

function* checkSubresources(path: string, resources: readonly string[]): Check {
  const [every, everywhere] = [new Set<string>(), new Set<string>()];
  for (const [text, at] of each(path, resources)) {
    if (text === "") yield required(at);
    const [resource = "", sub] = text.split("/", 2);
    if (sub === undefined) continue;
    if (every.has(resource)) yield invalidValue(at, text, `if '${resource}/*' is present, must not specify ${text}`);
    if (everywhere.has(sub)) yield invalidValue(at, text, `if '*/${sub}' is present, must not specify ${text}`);
    if (sub === "*") every.add(resource);
    if (resource === "*") everywhere.add(sub);
  }
}

function* checkResources(path: string, resources: readonly string[] = []): Check {
  if (resources.length === 0) yield required(path);
  yield* checkSubresources(path, resources);
  if (resources.length > 1 && resources.includes("*/*")) {
    yield invalidValue(path, resources, "if '*/*' is present, must not specify other resources");
  }
  if (resources.includes("*") && resources.some((text) => text !== "*" && !text.includes("/"))) {
    yield invalidValue(path, resources, "if '*' is present, must not specify other resources without subresources");
  }
}

function* checkRule(path: string, rule: V1RuleWithOperations): Check {
  yield* checkWords(`${path}.operations`, rule.operations, "operations");
  for (const [operation, at] of each(`${path}.operations`, rule.operations)) {
    if (!OPERATIONS.includes(operation)) yield notSupported(at, operation, OPERATIONS);
  }
  yield* checkWords(`${path}.apiGroups`, rule.apiGroups, "API groups");
  yield* checkWords(`${path}.apiVersions`, rule.apiVersions, "API versions");
  for (const [version, at] of each(`${path}.apiVersions`, rule.apiVersions)) if (version === "") yield required(at);
  yield* checkResources(`${path}.resources`, rule.resources);
  yield* oneOf(`${path}.scope`, rule.scope, SCOPES);
}

/** Every rule. */
export function* checkOperationRules(path: string, rules: readonly V1RuleWithOperations[] | undefined): Check {
  for (const [rule, at] of each(path, rules)) yield* checkRule(at, rule);
}

/** Conditions beyond the rules: names once, and expressions. */
export function* checkMatchConditions(path: string, conditions: readonly V1MatchCondition[] | undefined, hasParams = false): Check {
  const count = conditions?.length ?? 0;
  if (count > MAX_CONDITIONS) yield tooMany(path, count, MAX_CONDITIONS);
  const names = new Set<string>();
  for (const [{ name, expression = "" }, at] of each(path, conditions)) {
    yield* needed(`${at}.expression`, expression.trim());
    yield* checkExpression(`${at}.expression`, expression, conditionEnvironment(hasParams), [BOOL]);
    if (isEmpty(name)) yield required(`${at}.name`);
    else {
      for (const reason of qualifiedName(name)) yield invalidValue(`${at}.name`, name, reason);
      if (names.has(name)) yield duplicate(`${at}.name`, name);
      names.add(name);
    }
  }
}
