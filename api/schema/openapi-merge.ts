// Documents of OpenAPI v2 made one: what another server says of its own paths, beside what we say of ours. Definitions and
// parameters that mean something else under the same name get another one. Pure.
// upstream: kube-openapi/pkg/aggregator/aggregator.go
import { deepEqual } from "#api/meta/equal.ts";
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";

/** What references lead to. */
const SECTIONS = ["definitions", "parameters"] as const;
type Section = (typeof SECTIONS)[number];

const KINDS = "x-kubernetes-group-version-kind";

const sectionOf = (document: JsonObject, section: string): JsonObject => {
  const found = document[section];
  return isJsonObject(found) ? found : {};
};

/** Calls `found` with every reference within a value. */
const eachReference = (value: unknown, found: (reference: string) => void): void => {
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "$ref" && typeof inner === "string") found(inner);
    else eachReference(inner, found);
  }
};

/** The value with other references. */
const redirected = (value: unknown, to: (reference: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => redirected(item, to));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === "$ref" && typeof inner === "string" ? to(inner) : redirected(inner, to)]),
  );
};

/** What of a document is said of the paths that begin with this one. upstream: FilterSpecByPathsWithoutSideEffects */
export const belowPath = (document: JsonObject, prefix: string): JsonObject => {
  const paths = Object.entries(sectionOf(document, "paths")).filter(([path]) => path.startsWith(prefix));
  const used = new Set<string>();
  eachReference(paths, (reference) => used.add(reference));
  for (const reference of used) {
    const [, section = "", name = ""] = reference.split("/"); // a Set's iteration reaches what is added during it
    eachReference(sectionOf(document, section)[name], (inner) => used.add(inner));
  }
  const usedOf = (section: Section): JsonObject =>
    Object.fromEntries(Object.entries(sectionOf(document, section)).filter(([name]) => used.has(`#/${section}/${name}`)));
  return { paths: Object.fromEntries(paths), definitions: usedOf("definitions"), parameters: usedOf("parameters") };
};

const kindsIn = (value: unknown): readonly unknown[] => {
  const kinds = isJsonObject(value) ? value[KINDS] : undefined;
  return Array.isArray(kinds) ? kinds : [];
};

/** Whether two definitions are the same, whichever kinds they are of: options of a request belong to every group. */
const isSame = (a: unknown, b: unknown): boolean =>
  isJsonObject(a) && isJsonObject(b) ? deepEqual({ ...a, [KINDS]: undefined }, { ...b, [KINDS]: undefined }) : deepEqual(a, b);

const withKinds = (value: unknown, more: readonly unknown[]): unknown => {
  const kinds = kindsIn(value);
  const added = more.filter((kind) => !kinds.some((known) => deepEqual(known, kind)));
  return added.length === 0 || !isJsonObject(value) ? value : { ...value, [KINDS]: [...kinds, ...added] };
};

/** `name_v2`, or the first such name that is free or means the same. */
const freeName = (name: string, value: unknown, isFree: (candidate: string) => boolean, present: JsonObject): string => {
  for (let number = 2; ; number++) {
    const candidate = `${name}_v${number}`;
    if (isFree(candidate) || isSame(present[candidate], value)) return candidate;
  }
};

/** The references of a document that must lead elsewhere, since their names are taken. */
const renames = (base: JsonObject, added: JsonObject): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  for (const section of SECTIONS) {
    const [present, more] = [sectionOf(base, section), sectionOf(added, section)];
    const taken = new Set([...Object.keys(present), ...Object.keys(more)]);
    for (const [name, value] of Object.entries(more)) {
      if (!Object.hasOwn(present, name) || isSame(present[name], value)) continue;
      const free = freeName(name, value, (candidate) => !taken.has(candidate), present);
      taken.add(free);
      found.set(`#/${section}/${name}`, `#/${section}/${free}`);
    }
  }
  return found;
};

const merged = (section: Section, [base, added]: readonly [JsonObject, JsonObject], to: ReadonlyMap<string, string>): JsonObject => {
  const present = sectionOf(base, section);
  const more = Object.entries(sectionOf(added, section)).map(([name, value]): [string, unknown] => {
    const reference = to.get(`#/${section}/${name}`);
    const own = reference?.slice(`#/${section}/`.length) ?? name;
    return [own, Object.hasOwn(present, own) ? withKinds(present[own], kindsIn(value)) : value];
  });
  return { ...present, ...Object.fromEntries(more) };
};

/** The first document with what the second adds. A path of both is the first one's. upstream: MergeSpecsIgnorePathConflictRenamingDefinitionsAndParameters */
export const mergeOpenapi = (base: JsonObject, more: JsonObject): JsonObject => {
  const to = renames(base, more);
  const added = to.size === 0 ? more : (redirected(more, (reference) => to.get(reference) ?? reference) as JsonObject);
  const parameters = merged("parameters", [base, added], to);
  return {
    ...base,
    paths: { ...sectionOf(added, "paths"), ...sectionOf(base, "paths") },
    definitions: merged("definitions", [base, added], to),
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
};
