// Conditions of the form that all kinds share. upstream: apimachinery/pkg/apis/meta/v1/validation/validation.go ValidateConditions
import type { V1Condition } from "#api/generated/types.ts";
import { broken, each, isEmpty, neededAs, neededOneOf, nonNegative, type Check } from "./check.ts";
import { duplicate, required, tooLong } from "./field-error.ts";
import { qualifiedName } from "./names.ts";
import { utf8Bytes } from "./size.ts";

const MAX_REASON_BYTES = 1024;
const MAX_MESSAGE_BYTES = 32_768;
const REASON = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const REASON_WORDS =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

function* checkCondition(path: string, condition: V1Condition): Check {
  const { type, status, observedGeneration, lastTransitionTime, reason, message = "" } = condition;
  yield* neededAs(`${path}.type`, type, qualifiedName);
  yield* neededOneOf(`${path}.status`, status, ["False", "True", "Unknown"]);
  yield* nonNegative(`${path}.observedGeneration`, observedGeneration);
  if (lastTransitionTime === undefined) yield required(`${path}.lastTransitionTime`);
  if (isEmpty(reason)) yield required(`${path}.reason`);
  else {
    if (!REASON.test(reason)) yield* broken(`${path}.reason`, reason, [REASON_WORDS]);
    if (utf8Bytes(reason) > MAX_REASON_BYTES) yield tooLong(`${path}.reason`, MAX_REASON_BYTES);
  }
  if (utf8Bytes(message) > MAX_MESSAGE_BYTES) yield tooLong(`${path}.message`, MAX_MESSAGE_BYTES);
}

/** Conditions, each type once. */
export function* checkConditions(path: string, conditions: readonly V1Condition[] | undefined): Check {
  const types = new Set<string>();
  for (const [condition, at] of each(path, conditions)) {
    yield* checkCondition(at, condition);
    if (types.has(condition.type)) yield duplicate(`${at}.type`, condition.type);
    types.add(condition.type);
  }
}
