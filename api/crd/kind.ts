// The kinds that a CustomResourceDefinition defines: one for each version that is served.
// upstream: apiextensions-apiserver/pkg/apiserver/customresource_handler.go, registry/customresource/strategy.go
import type {
  V1CustomResourceDefinition,
  V1CustomResourceDefinitionVersion,
  V1CustomResourceSubresourceScale,
} from "../generated/types.ts";
import { storedVerbs, type Kind, type ScalePaths, type Strategy, type Subresource, type View } from "../kind.ts";
import { isEmpty } from "../meta/check.ts";
import type { JsonObject } from "../meta/json.ts";
import type { Draft, KubeObject } from "../meta/object.ts";
import { apiVersionOf } from "../meta/resource.ts";
import type { Codec } from "../schema/codec.ts";
import { columnsOf } from "./columns.ts";
import { simplePath, valueAt } from "./json-path.ts";
import { pruneObject, withDefaults } from "./prune.ts";
import { customErrors, finalizerWarnings } from "./kind-errors.ts";
import { ANYTHING, schemaOf } from "./schema.ts";
import { objectShape } from "./shape.ts";
import { coerced, storedReader } from "./stored.ts";

/** How an object of one version becomes one of another. */
export type Conversion = {
  readonly convert: (object: KubeObject, version: string) => KubeObject;
  /** Waited for before `convert`, when somebody else converts. Throws: ApiError. */
  readonly ready?: ((objects: readonly KubeObject[], version: string) => Promise<void>) | undefined;
};

/** Versions that differ in nothing but their name. */
export const renameVersion = (group: string): Conversion => ({
  convert: (object, version) => ({ ...object, apiVersion: apiVersionOf({ group, version }) }),
});

const codecOf = (kind: string, version: V1CustomResourceDefinitionVersion): Codec => {
  const schema = schemaOf(version);
  return {
    kind,
    version: version.name,
    shape: objectShape(schema),
    decode: (value: JsonObject) => pruneObject(value, schema),
  };
};

const scaleOf = ({ subresources }: V1CustomResourceDefinitionVersion): { readonly [name: string]: Subresource } =>
  subresources?.scale === undefined
    ? {}
    : { scale: { verbs: ["get", "patch", "update"], group: "autoscaling", version: "v1", kind: "Scale", model: "V1Scale" } };

const fieldsOf =
  ({ selectableFields = [] }: V1CustomResourceDefinitionVersion) =>
  (object: KubeObject): { readonly [path: string]: string } =>
    Object.fromEntries(
      selectableFields.map(({ jsonPath }) => {
        const value = valueAt(object, simplePath(jsonPath) ?? []);
        return [jsonPath.replace(/^\./, ""), value === undefined || value === null ? "" : `${value as string | number | boolean}`];
      }),
    );

type Fields = { [field: string]: unknown };

const withoutStatus = (draft: Draft<KubeObject>): void => {
  delete (draft as Fields)["status"];
};

/** The kinds of a definition: the one that is stored, and those that are views of it; hidden where a version is not served. */
export const customKinds = (definition: V1CustomResourceDefinition, conversion: Conversion): readonly Kind[] => {
  const stored = definition.spec.versions.find(({ storage }) => storage);
  if (stored === undefined) return [];
  const isMixed = conversion.ready !== undefined; // what somebody else converts stays as it was written
  const own: Kind = {
    ...kindOf(definition, stored),
    readStored: storedReader(definition),
    hidden: isMixed || !stored.served,
    mixed: isMixed,
  };
  const views = definition.spec.versions.filter((version) => isMixed || version !== stored);
  const schemas = new Map(definition.spec.versions.map((version) => [version.name, schemaOf(version)]));
  const convert = (object: KubeObject, version: string): KubeObject =>
    coerced(conversion.convert(object, version), schemas.get(version) ?? ANYTHING);
  const coercing: Conversion = { ...conversion, convert };
  const viewAs = (version: V1CustomResourceDefinitionVersion): Kind => ({
    ...kindOf(definition, version),
    storedAs: viewOf(own, version.name, coercing),
    hidden: !version.served,
  });
  return [own, ...views.map(viewAs)];
};

const viewOf = (stored: Kind, version: string, { convert, ready }: Conversion): View<KubeObject> => ({
  resource: stored,
  toStored: (object) => convert(object, stored.version),
  fromStored: (object) => convert(object, version),
  ...(ready === undefined ? {} : { ready: (objects, to) => ready(objects, to === "stored" ? stored.version : version) }),
});

/** `com.example.stable.v1.CronTab`. upstream: openapi builder, GroupVersionKind in the reversed domain */
const modelOf = (group: string, version: string, kind: string): string => `${group.split(".").toReversed().join(".")}.${version}.${kind}`;

const namesOf = ({ spec, status }: V1CustomResourceDefinition) => {
  const { kind, plural, singular, listKind, shortNames = [], categories = [] } = status?.acceptedNames ?? spec.names;
  return {
    resource: plural,
    kind,
    singular: isEmpty(singular) ? kind.toLowerCase() : singular,
    listKind: isEmpty(listKind) ? `${kind}List` : listKind,
    shortNames,
    categories,
  };
};

const strategyOf = (version: V1CustomResourceDefinitionVersion): Strategy<KubeObject> => ({
  generation: true,
  statusKeepsMetadata: true,
  requiresRevision: true,
  ...(hasStatus(version) ? { prepareForCreate: withoutStatus } : {}),
  warnings: finalizerWarnings,
});

const hasStatus = ({ subresources }: V1CustomResourceDefinitionVersion): boolean => subresources?.status !== undefined;

const kindOf = (definition: V1CustomResourceDefinition, version: V1CustomResourceDefinitionVersion): Kind => {
  const { group, scope } = definition.spec;
  const names = namesOf(definition);
  const schema = schemaOf(version);
  return {
    group,
    version: version.name,
    ...names,
    namespaced: scope === "Namespaced",
    verbs: storedVerbs,
    model: modelOf(group, version.name, names.kind),
    schema,
    codec: codecOf(names.kind, version),
    bucket: "objects",
    anyFinalizer: true,
    status: hasStatus(version),
    subresources: scaleOf(version),
    ...(version.subresources?.scale === undefined ? {} : { scale: scalePathsOf(version.subresources.scale) }),
    fields: fieldsOf(version),
    columns: columnsOf(version.additionalPrinterColumns),
    setDefaults: (draft) => void Object.assign(draft, withDefaults(draft, schema)),
    validate: customErrors(version),
    deprecation: version.deprecated === true ? deprecation(group, names.kind, version) : undefined,
    strategy: strategyOf(version),
  };
};

const scalePathsOf = ({ specReplicasPath, statusReplicasPath, labelSelectorPath }: V1CustomResourceSubresourceScale): ScalePaths => ({
  replicas: simplePath(specReplicasPath) ?? [],
  present: simplePath(statusReplicasPath) ?? [],
  selector: isEmpty(labelSelectorPath) ? undefined : simplePath(labelSelectorPath),
});

/** upstream: customresource_handler.go, the warning of a deprecated version */
const deprecation = (group: string, kind: string, { name, deprecationWarning }: V1CustomResourceDefinitionVersion): string =>
  deprecationWarning ?? `${group}/${name} ${kind} is deprecated`;
