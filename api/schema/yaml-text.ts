// YAML bodies, read as upstream's parser reads them: YAML 1.1 (`yes` is true), but instants and sexagesimal numbers stay text.
// upstream: sigs.k8s.io/yaml
import {
  type Document,
  isAlias,
  isCollection,
  isScalar,
  LineCounter,
  parseDocument,
  type Tags,
  visit,
  type YAMLError,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

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

/**
 * A message for every key given twice: our own search, since the parser's compares every key with every other one.
 * Throws: YamlError for a key that is a list or a map, which is read as text in time that doubles with every level.
 */
const duplicateKeys = (document: Document.Parsed, lines: LineCounter): readonly string[] => {
  const found: string[] = [];
  const collections = new Set<string>(); // by their anchors
  const note = ({ anchor }: YAMLMap | YAMLSeq): void => void (anchor !== undefined && collections.add(anchor));
  visit(document, {
    Pair: (_, { key }) => {
      if (isCollection(key) || (isAlias(key) && collections.has(key.source))) throw new YamlError("invalid map key");
    },
    Seq: (_, list) => note(list),
    Map: (_, map) => {
      note(map);
      const seen = new Set<string>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) found.push(`line ${lineAt(lines, key.range?.[0])}: key ${JSON.stringify(name)} already set in map`);
        seen.add(name);
      }
    },
  });
  return found;
};

const lineAt = (lines: LineCounter, offset = 0): number => lines.linePos(offset).line;

const IN_THIS_CONTEXT = "mapping values are not allowed in this context";

/** upstream: yaml.parser.fail; what its scanner finds in the first line has no line */
const explain = ({ message, code, pos }: YAMLError, lines: LineCounter): YamlError => {
  if (message.startsWith("Maximum call stack")) return new YamlError("exceeded max depth");
  const line = lineAt(lines, pos[0]);
  if (code !== "BLOCK_AS_IMPLICIT_KEY") return new YamlError(`line ${line}: ${message}`);
  return new YamlError(line === 1 ? IN_THIS_CONTEXT : `line ${line}: ${IN_THIS_CONTEXT}`);
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

/** The parser writes its own account of each error beside the text, in time that grows with both: line and message are enough. */
const OPTIONS = { version: "1.1", customTags, logLevel: "silent", uniqueKeys: false, prettyErrors: false } as const;

/** Reads the first document of a YAML text. Throws: YamlError. */
export const parseYaml = (text: string): YamlDocument => {
  try {
    const lineCounter = new LineCounter();
    const document = parseDocument(text, { ...OPTIONS, lineCounter });
    const fatal = document.errors.find(({ code }) => code !== "MULTIPLE_DOCS");
    if (fatal !== undefined) throw explain(fatal, lineCounter);
    const duplicates = duplicateKeys(document, lineCounter);
    return { value: valueOf(document), duplicates };
  } catch (error) {
    if (error instanceof ReferenceError) throw aliasError(error.message);
    throw error instanceof RangeError ? new YamlError("exceeded max depth") : error;
  }
};
