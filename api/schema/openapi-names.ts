// The names under which OpenAPI documents list the models: upstream's (`io.k8s.api.apps.v1.Deployment`), worked out from a
// model's name and the groups whose kinds lead to it. upstream: api/openapi-spec/swagger.json
import type { Kind } from "#api/kind.ts";
import { allModels, modelParts, modelSchema, referredModel } from "./models.ts";

/** What every group uses. */
const META: ReadonlySet<string> = new Set(
  `V1APIGroup V1APIGroupList V1APIResource V1APIResourceList V1APIVersions V1Condition V1DeleteOptions V1FieldSelectorRequirement
  V1GroupResource V1GroupVersionForDiscovery V1LabelSelector V1LabelSelectorRequirement V1ListMeta V1ManagedFieldsEntry V1ObjectMeta
  V1OwnerReference V1Preconditions V1ServerAddressByClientCIDR V1ShardInfo V1Status V1StatusCause V1StatusDetails V1WatchEvent`.split(
    /\s+/,
  ),
);

/** Belongs to core, though only storage uses it. */
const CORE: ReadonlySet<string> = new Set(["V1TopologySelectorLabelRequirement", "V1TopologySelectorTerm"]);

const PACKAGES: { readonly [groupWord: string]: string } = {
  apiextensions: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
  apiregistration: "io.k8s.kube-aggregator.pkg.apis.apiregistration",
  meta: "io.k8s.apimachinery.pkg.apis.meta",
};

/** A group's first word, `core` for the core group. */
const wordOf = (group: string): string => (group === "" ? "core" : (group.split(".")[0] ?? group));

/** Every model that the fields of these models lead to, and they themselves. */
export const reachableModels = (models: Iterable<string>): ReadonlySet<string> => {
  const found = new Set(models);
  for (const model of found) {
    if (!allModels().has(model)) continue; // a kind that brings its own schema refers to no model
    for (const schema of Object.values(modelSchema(model).properties)) {
      const referred = referredModel(schema);
      if (referred !== undefined) found.add(referred); // a Set's iteration reaches what is added during it
    }
  }
  return found;
};

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** The model of a kind's list, when lists of it exist. A kind's name may be taken twice, and its list's not: `ResourceV1ResourceClaim`. */
export const listModel = ({ model, schema, version, listKind }: Kind): string | undefined =>
  schema === undefined ? [`${model}List`, capital(version) + listKind].find((name) => allModels().has(name)) : `${model}List`;

/** The models that a kind itself brings, and the group each is of: its own, its list's, its subresources'. */
const ownModels = (kind: Kind): readonly (readonly [model: string, group: string])[] => {
  const list = listModel(kind);
  return [
    [kind.model, kind.group],
    ...(list === undefined ? [] : [[list, kind.group] as const]),
    ...Object.values(kind.subresources).flatMap(({ model, group }) => (model === undefined ? [] : [[model, group] as const])),
  ];
};

/** Gives each model that the kinds use its name in OpenAPI documents. Throws: for a model that they do not use. */
export const schemaNames = (kinds: readonly Kind[]): ((model: string) => string) => {
  const own = new Map(kinds.flatMap(ownModels));
  const users = new Map<string, Set<string>>();
  for (const [model, group] of own) {
    for (const used of reachableModels([model])) users.set(used, (users.get(used) ?? new Set()).add(wordOf(group)));
  }
  const groupWordOf = (model: string): string => {
    if (META.has(model)) return "meta";
    const { groupWord } = modelParts(model);
    const group = own.get(model);
    if (groupWord !== undefined) return groupWord.toLowerCase();
    if (group !== undefined) return wordOf(group);
    const groups = [...(users.get(model) ?? [])];
    if (groups.length === 0) throw new Error(`no kind uses ${model}`);
    return groups.length > 1 || CORE.has(model) ? "core" : (groups[0] ?? "core");
  };
  return (model) => {
    if (!allModels().has(model)) return model;
    const word = groupWordOf(model);
    const { version, kind } = modelParts(model);
    return `${PACKAGES[word] ?? `io.k8s.api.${word}`}.${version}.${kind}`;
  };
};
