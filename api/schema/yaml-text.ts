// YAML bodies, read as upstream's parser reads them: YAML 1.1 (`yes` is true), but instants and sexagesimal numbers stay text.
// upstream: sigs.k8s.io/yaml
import { type Document, isScalar, LineCounter, parseDocument, type Tags, visit, type YAMLError } from "yaml";

/** Why a text is no YAML. */
export class YamlError extends Error {}

/** A YAML document's value, and a message for every key that a map has twice. The last one counts. */
export type YamlDocument = { readonly value: unknown; readonly duplicates: readonly string[] };

const FOREIGN: ReadonlySet<string> = new Set(["binary", "omap", "pairs", "set", "timestamp"]);

type Tag = Exclude<Tags[number], string | readonly unknown[]>;

/** Tags whose values JSON has no place for: instants, sexagesimals, not-a-number and YAML's own collections. */
const isForeign = (tag: Tag): boolean => {
  const name = tag.tag.slice(tag.tag.lastIndexOf(":") + 1);
  const isTime = "format" in tag && tag.format === "TIME";
  const isNotFinite = name === "float" && "test" in tag && (tag.test?.test(".nan") ?? false);
  return isTime || isNotFinite || FOREIGN.has(name);
};

const customTags = (tags: Tags): Tags => tags.filter((tag) => typeof tag !== "object" || !isForeign(tag));

/** Our own search: the parser's compares every key with every other one. */
const duplicateKeys = (document: Document.Parsed, lines: LineCounter): readonly string[] => {
  const found: string[] = [];
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) found.push(`line ${lines.linePos(key.range?.[0] ?? 0).line}: key ${JSON.stringify(name)} already set in map`);
        seen.add(name);
      }
    },
  });
  return found;
};

const explain = ({ message, linePos }: YAMLError): YamlError => {
  if (message.startsWith("Maximum call stack")) return new YamlError("exceeded max depth");
  return new YamlError(`line ${linePos?.[0].line ?? 0}: ${message.replace(/ at line \d+, column[^]*$/, "")}`);
};

const aliasError = (message: string): YamlError => {
  const unknown = /^Unresolved alias .*: (.*)$/.exec(message)?.[1];
  return new YamlError(unknown === undefined ? "document contains excessive aliasing" : `unknown anchor '${unknown}' referenced`);
};

/** What cannot be built of a document that was read: a merge of what is no map. */
const valueOf = (document: Document.Parsed): unknown => {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof ReferenceError || error instanceof RangeError) throw error;
    throw Object.assign(new YamlError("map merge requires map or sequence of maps as the value"), { cause: error });
  }
};

/** Reads the first document of a YAML text. Throws: YamlError. */
export const parseYaml = (text: string): YamlDocument => {
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { version: "1.1", customTags, lineCounter, logLevel: "silent", uniqueKeys: false });
    const fatal = document.errors.find(({ code }) => code !== "MULTIPLE_DOCS");
    if (fatal !== undefined) throw explain(fatal);
    return { value: valueOf(document), duplicates: duplicateKeys(document, lineCounter) };
  } catch (error) {
    if (error instanceof ReferenceError) throw aliasError(error.message);
    throw error instanceof RangeError ? new YamlError("exceeded max depth") : error;
  }
};
