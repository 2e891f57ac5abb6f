// How the client wants its answer. upstream: apiserver/pkg/endpoints/handlers/negotiation/negotiate.go
import { failure, type ApiError } from "#api/meta/status.ts";

/** The versions of meta.k8s.io in which shapes are served. */
const SHAPE_VERSIONS = ["v1", "v1beta1"] as const;

export type ShapeVersion = (typeof SHAPE_VERSIONS)[number];

/** `as`: the shape. Protobuf is not served; clients that prefer it list JSON as well. */
export type Format = {
  readonly media: "application/json" | "application/yaml";
  readonly as: "object" | "Table" | "PartialObjectMetadata";
  /** Of the shape, unless it is the object itself. */
  readonly version: ShapeVersion;
};

const SHAPES = new Map<string, Format["as"]>([
  ["Table", "Table"],
  ["PartialObjectMetadata", "PartialObjectMetadata"],
  ["PartialObjectMetadataList", "PartialObjectMetadata"],
]);

const PLAIN: Format = { media: "application/json", as: "object", version: "v1" };

const JSON_MEDIA = new Set(["application/json", "application/*", "*/*"]);

type Clause = { readonly media: string; readonly parameters: ReadonlyMap<string, string> };

const clauseOf = (text: string): Clause => {
  const [media = "", ...rest] = text.split(";").map((part) => part.trim());
  return { media, parameters: new Map(rest.map((part) => part.split("=", 2) as [string, string])) };
};

const weightOf = ({ parameters }: Clause): number => Number(parameters.get("q") ?? 1);

/** The best format that the client accepts. `shaped`: the kind can be shown as a Table. Throws: NotAcceptable. */
export const negotiate = (accept: string | undefined, shaped = true): Format => {
  if (accept === undefined || accept === "" || accept === "application/json") return PLAIN;
  const clauses = accept.split(",").map(clauseOf);
  for (const clause of clauses.toSorted((a, b) => weightOf(b) - weightOf(a))) {
    const format = formatOf(clause, shaped);
    if (format !== undefined) return format;
  }
  throw notAcceptable();
};

const formatOf = ({ media, parameters }: Clause, shaped: boolean): Format | undefined => {
  const type = JSON_MEDIA.has(media) ? "application/json" : media === "application/yaml" ? media : undefined;
  if (type === undefined) return undefined;
  const name = parameters.get("as");
  if (name === undefined) return { ...PLAIN, media: type };
  const as = SHAPES.get(name);
  const version = SHAPE_VERSIONS.find((known) => known === parameters.get("v"));
  if (as === undefined || version === undefined || !shaped || parameters.get("g") !== "meta.k8s.io") return undefined;
  return { media: type, as, version };
};

const notAcceptable = (): ApiError =>
  failure("NotAcceptable", "only the following media types are accepted: application/json, application/yaml");
