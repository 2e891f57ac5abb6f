// Reads what the npm packages kubernetes-models and @kubernetes-models/apimachinery say of models and their fields (generated
// upstream from the OpenAPI v3 documents of one Kubernetes release): the texts as they were written, those of fields that
// are objects too, and the values that a field may have. Its border: it knows those packages' file format.
import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** What is said of a field. `values`: all that it, or an item of its list, may be. */
export type FieldText = { readonly doc: string; readonly values: readonly string[] | undefined };

/** What is said of a model. */
export type ModelText = { readonly doc: string; readonly fields: ReadonlyMap<string, FieldText> };

const TYPE = /(?:\/\*\*\n((?: \*(?!\/).*\n)*) \*\/\n)?export (?:interface|type) I\w+(?:[^\n]*\{\n([^]*?)\n\}\n)?/;
const MEMBER = /(?: {4}\/\*\*\n((?: {5}\*(?!\/).*\n)*) {5}\*\/\n)? {4}"([^"]+)"\??: (.*)/g;
const VALUES = /^(?:Array<)?("[^"]*"(?: \| "[^"]*")*)>?;$/;

/** A comment's text. An asterisk is written with a backslash; the mark of what is deprecated repeats what the text says. */
const prose = (comment = ""): string =>
  comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .filter((line) => line !== "@deprecated")
    .join("\n")
    .replaceAll("\\*", "*")
    .replaceAll("*\\/", "*/")
    .trim();

const valuesOf = (type: string): readonly string[] | undefined =>
  VALUES.exec(type)?.[1]
    ?.split(" | ")
    .map((value) => JSON.parse(value) as string);

/** Of a kind itself the package says only what it is called. */
const isIdentity = (field: string, type: string): boolean => (field === "apiVersion" || field === "kind") && type.startsWith('"');

/** What a declaration file says of its type; undefined: it declares none. */
export const readText = (source: string): ModelText | undefined => {
  const found = TYPE.exec(source);
  if (found === null) return undefined;
  const fields = Array.from((found[2] ?? "").matchAll(MEMBER), ([, doc, field = "", type = ""]) => ({ doc, field, type }))
    .filter(({ field, type }) => !isIdentity(field, type))
    .map(({ doc, field, type }) => [field, { doc: prose(doc), values: valuesOf(type) }] as const);
  return { doc: prose(found[1]), fields: new Map(fields) };
};

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

type Words = readonly [group: string, version: string, kind: string];

/** Group, version and kind of the type that a file declares, as a model's name has them; undefined: none, or none that is stable. */
const wordsOf = (file: string): Words | undefined => {
  const [version = "", group = "core"] = dirname(file).split("/").toReversed();
  const kind = basename(file, ".d.ts");
  if (kind === "index" || version === "_schemas" || /^v\d+[a-z]/.test(version)) return undefined;
  return /^v\d+$/.test(version) ? [capital(group.split(".", 1)[0] ?? ""), capital(version), kind] : ["", "", kind];
};

/** The model that a name leads to: `V1Pod`, `CoreV1Event` where the short name is taken twice, or the kind of what is no model. */
const modelOf = ([group, version, kind]: Words, models: ReadonlySet<string>): string =>
  [group + version + kind, version + kind].find((name) => models.has(name)) ?? kind;

/** What the packages in these folders say, by the names of models, or by kinds where there is no such model. */
export const readTexts = (folders: readonly string[], models: ReadonlySet<string>): ReadonlyMap<string, ModelText> => {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(({ name }) => name.endsWith(".d.ts"))
      .map(({ parentPath, name }) => ({ folder, path: join(parentPath, name) })),
  );
  const texts = new Map<string, ModelText>();
  for (const { folder, path } of files) {
    const words = wordsOf(relative(folder, path));
    const text = words && readText(readFileSync(path, "utf8"));
    if (words !== undefined && text !== undefined) texts.set(modelOf(words, models), text);
  }
  return texts;
};
