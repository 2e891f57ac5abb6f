// What the server does with an object of a kind, without a server: for tests of the table of kinds.
import type { Cell, Kind } from "#api/kind.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import type { FieldError } from "#api/meta/status.ts";
import { validateMeta } from "#api/meta/validate-meta.ts";

/** Any object: tests leave out what types require. */
export type Loose = { readonly [field: string]: unknown };

const NOW = "2026-01-01T00:00:00Z";

const draftOf = <T extends KubeObject>(object: Loose): Draft<T> => structuredClone(object) as unknown as Draft<T>;

/** The object with its defaults. */
export const defaulted = <T extends KubeObject>(kind: Kind<T>, object: Loose): T => {
  const draft = draftOf<T>(object);
  kind.setDefaults?.(draft);
  return draft as unknown as T;
};

/** The object as it would be stored: completed, and settled by the strategy. */
export const created = <T extends KubeObject>(kind: Kind<T>, object: Loose): T => {
  const draft = draftOf<T>(defaulted(kind, object));
  kind.strategy.prepareForCreate?.(draft, NOW);
  return draft as unknown as T;
};

/** The object as a write over `old` would store it. */
export const changed = <T extends KubeObject>(kind: Kind<T>, object: Loose, old: T, subresource = ""): T => {
  const draft = draftOf<T>(defaulted(kind, object));
  kind.strategy.prepareForUpdate?.(draft, old, subresource, NOW);
  return draft as unknown as T;
};

/** Errors as upstream prints them: `path: message`. */
export const printed = (errors: Iterable<FieldError>): readonly string[] => [...errors].map(({ field, message }) => `${field}: ${message}`);

/** What validation says of an object as it is, its metadata aside. */
export const problems = <T extends KubeObject>(kind: Kind<T>, object: unknown, old?: unknown, subresource = ""): readonly string[] =>
  printed(kind.validate?.(object as T, old as T | undefined, subresource) ?? []);

/** What validation says of an object's metadata. */
export const metaProblems = (rules: Parameters<typeof validateMeta>[0], metadata: Loose, old?: Loose): readonly string[] =>
  printed(validateMeta(rules, { metadata }, old === undefined ? undefined : { metadata: old }));

/** The row of a table by the columns' names. */
export const row = <T extends KubeObject>(kind: Kind<T>, object: unknown, nowMs = 0): { readonly [column: string]: Cell } =>
  Object.fromEntries((kind.columns ?? []).map(({ name, value }) => [name, value(object as T, nowMs)]));
