// What an evaluator is, and the scopes that a quota may have. upstream: pkg/quota/v1/evaluator/core/pods.go podMatchesScopeFunc
import type { V1ResourceQuota, V1ScopedResourceSelectorRequirement } from "#api/generated/types.ts";
import type { ResourceList } from "#api/core/v1/resource-list.ts";
import type { KubeObject } from "#api/meta/object.ts";

export type Scoped = Pick<V1ResourceQuota, "spec">;
export type ScopeRequirement = V1ScopedResourceSelectorRequirement;

/** What objects of one resource cost. Pure. */
export type Evaluator<T extends KubeObject = KubeObject> = {
  /** True for a resource that these objects use up: `requests.cpu`. */
  readonly counts: (name: string) => boolean;
  /** True for a write that may use more. */
  readonly charges: (operation: string, subresource: string) => boolean;
  readonly usage: (object: T, nowMs: number) => ResourceList;
  /** Why an object cannot be charged for these resources. */
  readonly fault?: ((object: T, names: readonly string[]) => string | undefined) | undefined;
  /** Whether a scope takes the object in; undefined: these objects know no scopes. */
  readonly scopes?: ((object: T, requirement: ScopeRequirement) => boolean) | undefined;
};

/** Whether a value satisfies a requirement; undefined: there is none. */
export const satisfies = (value: string | undefined, { operator, values = [] }: ScopeRequirement): boolean => {
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  const isNamed = value !== undefined && values.includes(value);
  return operator === "In" ? isNamed : !isNamed;
};
