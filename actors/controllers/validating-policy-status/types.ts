// The types that a policy is about: the kinds that its rules name outright, the server's own or defined in the cluster. Pure.
// upstream: apiserver/pkg/admission/plugin/policy/validating/typechecking.go, apiserver/pkg/cel/openapi/resolver
import { modelType } from "#api/cel/model-types.ts";
import { DYN, STRING, type Type } from "#api/cel/types.ts";
import { seenOf } from "#api/crd/rule-types.ts";
import { schemaOf } from "#api/crd/schema.ts";
import type {
  V1CustomResourceDefinition,
  V1CustomResourceDefinitionNames,
  V1NamedRuleWithOperations,
  V1ParamKind,
} from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { kindByGvk, kindOf } from "#api/resources.ts";

/** A kind and the type of its objects. `name`: `apps/v1, Kind=Deployment`. */
export type Typed = { readonly name: string; readonly type: Type };

type Definitions = readonly V1CustomResourceDefinition[];

const nameOf = (group: string, version: string, kind: string): string => `${group === "" ? version : `${group}/${version}`}, Kind=${kind}`;

const builtIn = ({ group, version, kind, model }: Kind): Typed => ({ name: nameOf(group, version, kind), type: modelType(model) });

/** Every object has these, whatever its schema says. */
const COMMON: { readonly [field: string]: () => Type } = {
  apiVersion: () => STRING,
  kind: () => STRING,
  metadata: () => modelType("V1ObjectMeta"),
};

/** What is no object of fields may be anything. */
const rooted = (type: Type | undefined): Type =>
  type?.is === "object" ? { ...type, field: (name) => (Object.hasOwn(COMMON, name) ? COMMON[name]?.() : type.field(name)) } : DYN;

type Wanted = { readonly group: string; readonly version: string; readonly is: (names: V1CustomResourceDefinitionNames) => boolean };

const defined = (definitions: Definitions, { group, version, is }: Wanted): Typed | undefined => {
  const spec = definitions.find((one) => one.spec.group === group && is(one.spec.names))?.spec;
  const found = spec?.versions.find(({ name, served }) => name === version && served);
  if (spec === undefined || found === undefined) return undefined;
  return { name: nameOf(group, version, spec.names.kind), type: rooted(seenOf(schemaOf(found))?.type) };
};

/** upstream: maxTypesToCheck */
const MAX_TYPES = 10;

/** Words that name one thing each; a rule with others names too much to check. */
const plain = (words: readonly string[] | undefined): readonly string[] =>
  words?.some((word) => word.includes("*") || word.includes("/")) === true ? [] : (words ?? []);

const typedOf = (group: string, version: string, resource: string, definitions: Definitions): Typed | undefined => {
  const kind = kindOf(group, version, resource);
  return kind === undefined ? defined(definitions, { group, version, is: ({ plural }) => plural === resource }) : builtIn(kind);
};

/** The types that rules name. */
export const typesIn = (rules: readonly V1NamedRuleWithOperations[], definitions: Definitions): readonly Typed[] => {
  const found = rules.flatMap(({ apiGroups, apiVersions, resources }) =>
    plain(apiGroups).flatMap((group) =>
      plain(apiVersions).flatMap((version) => plain(resources).flatMap((resource) => typedOf(group, version, resource, definitions) ?? [])),
    ),
  );
  return [...new Map(found.map((typed) => [typed.name, typed])).values()].slice(0, MAX_TYPES);
};

/** The type of a policy's parameters; undefined: nobody knows. */
export const typeOfParams = ({ apiVersion = "", kind = "" }: V1ParamKind, definitions: Definitions): Type | undefined => {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const own = kindByGvk(group, version, kind);
  return own === undefined ? defined(definitions, { group, version, is: (names) => names.kind === kind })?.type : modelType(own.model);
};
