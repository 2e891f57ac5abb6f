// Data that nobody may change any more: ConfigMaps and Secrets with `immutable`. upstream: ValidateConfigMapUpdate, ValidateSecretUpdate
import type { Check } from "#api/meta/check.ts";
import { forbiddenField } from "#api/meta/field-error.ts";
import { semanticEqual } from "#api/meta/semantic-equal.ts";

/** The most that a ConfigMap or Secret may hold. upstream: MaxSecretSize */
export const MAX_DATA_BYTES = 1024 * 1024;
const SEALED = "field is immutable when `immutable` is set";

type Sealable<F extends string> = { readonly immutable?: boolean | undefined } & { readonly [field in F]?: unknown };

/** Once immutable it stays so, and with it these fields. */
export function* checkSealed<F extends string>(object: Sealable<F>, old: Sealable<F>, fields: readonly F[]): Check {
  if (old.immutable !== true) return;
  if (object.immutable !== true) yield forbiddenField("immutable", SEALED);
  for (const field of fields) if (!semanticEqual(object[field], old[field], field)) yield forbiddenField(field, SEALED);
}
