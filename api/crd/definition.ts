// CustomResourceDefinitions: what their authors may leave out, and which versions objects are stored in.
// upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/defaults.go, pkg/registry/customresourcedefinition/strategy.go
import type { V1CustomResourceDefinition, V1CustomResourceDefinitionNames, V1CustomResourceDefinitionSpec } from "../generated/types.ts";
import { isEmpty } from "../meta/check.ts";
import { settledSpec } from "./spec.ts";
import type { Draft } from "../meta/object.ts";

/** Gives a definition what its author left out. upstream: SetDefaults_CustomResourceDefinitionSpec */
export const defaultDefinition = (draft: Draft<V1CustomResourceDefinition>): void => {
  const spec = draft.spec as Draft<V1CustomResourceDefinition>["spec"] | undefined;
  if (spec === undefined) return;
  defaultNames(spec);
  spec.conversion ??= { strategy: "None" };
  const { service } = spec.conversion.webhook?.clientConfig ?? {};
  if (service !== undefined) service.port ??= 443;
};

const defaultNames = ({ names }: Draft<V1CustomResourceDefinitionSpec>): void => {
  const { kind } = (names ?? {}) as Partial<V1CustomResourceDefinitionNames>;
  if (isEmpty(kind)) return;
  if (isEmpty(names.singular)) names.singular = kind.toLowerCase();
  if (isEmpty(names.listKind)) names.listKind = `${kind}List`;
};

/** Notes that objects are stored in a version from now on. upstream: strategy.PrepareForCreate, PrepareForUpdate */
export const noteStoredVersion = (draft: Draft<V1CustomResourceDefinition>): void => {
  const { versions } = settledSpec(draft);
  const stored = versions.find(({ storage }) => storage)?.name;
  const known = draft.status?.storedVersions ?? [];
  if (stored !== undefined && !known.includes(stored)) draft.status = { ...draft.status, storedVersions: [...known, stored] };
};

/** Whether the definition's kinds are served: its first names have been accepted. */
export const isEstablished = ({ status }: Pick<V1CustomResourceDefinition, "status">): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === "Established" && is === "True") === true;
