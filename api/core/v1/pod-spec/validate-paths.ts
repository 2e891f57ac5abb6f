// Paths inside volumes: relative, and never upwards. upstream: pkg/apis/core/validation/validation.go
import { invalidValue } from "#api/meta/field-error.ts";
import type { Check } from "#api/meta/check.ts";

/** No element of the path is `..`. upstream: validatePathNoBacksteps */
export function* checkNoBacksteps(path: string, target: string): Check {
  if (target.split("/").includes("..")) yield invalidValue(path, target, "must not contain '..'");
}

/** A relative path that stays inside. upstream: validateLocalDescendingPath */
export function* checkDescending(path: string, target: string): Check {
  if (target.startsWith("/")) yield invalidValue(path, target, "must be a relative path");
  yield* checkNoBacksteps(path, target);
}

/** A relative path that stays inside and whose name the writer of volumes does not use. upstream: ValidateLocalNonReservedPath */
export function* checkNonReserved(path: string, target: string): Check {
  yield* checkDescending(path, target);
  if (target.startsWith("..") && !target.startsWith("../")) yield invalidValue(path, target, "must not start with '..'");
}
