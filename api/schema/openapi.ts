// OpenAPI documents of the kinds that are served: version 3, one for each group and version, and version 2, one for all.
// They are functions of the table of kinds, the schemas and the texts. upstream: k8s.io/kube-openapi/pkg/{builder,builder3}
import type { Kind } from "#api/kind.ts";
import type { JsonObject } from "#api/meta/json.ts";
import { allModels, modelParts } from "./models.ts";
import { customSchemas } from "./openapi-custom.ts";
import { listModel, reachableModels, schemaNames } from "./openapi-names.ts";
import { type Content, type Operation, operationsOf } from "./openapi-operations.ts";
import { pathParameters, queryParameter } from "./openapi-parameters.ts";
import { type Docs, schemaRef, SchemaWriter } from "./openapi-schemas.ts";

export type { Docs } from "./openapi-schemas.ts";

type GroupVersion = { readonly group: string; readonly version: string };

const MEDIA_TYPES = ["application/json", "application/yaml"];
const STRATEGIC = "application/strategic-merge-patch+json";
const PATCH_TYPES = ["application/json-patch+json", "application/merge-patch+json", STRATEGIC, "application/apply-patch+yaml"];
/** What the metadata of every object and list is. */
const META_MODELS = ["V1ListMeta", "V1ObjectMeta"];
const META_KINDS = ["V1APIResourceList", "V1DeleteOptions", "V1Status", "V1WatchEvent"];
const ANSWERS: { readonly [action in Operation["action"]]: readonly string[] } = {
  connect: ["200"],
  delete: ["200", "202"],
  deletecollection: ["200"],
  get: ["200"],
  list: ["200"],
  patch: ["200", "201"],
  post: ["200", "201", "202"],
  put: ["200", "201"],
};
const REASONS: { readonly [code: string]: string } = { 200: "OK", 201: "Created", 202: "Accepted", 401: "Unauthorized" };

/** The groups and versions that have a document, each once, in the order of the kinds. */
export const openapiGroupVersions = (kinds: readonly Kind[]): readonly GroupVersion[] => {
  const found = new Map(kinds.map(({ group, version }) => [`${group}/${version}`, { group, version }]));
  return [...found.values()];
};

/** The API kinds a model is: its own, or its list's. */
const kindsOfModels = (kinds: readonly Kind[]): ((model: string) => readonly JsonObject[]) => {
  const found = new Map<string, JsonObject>(META_KINDS.map((model) => [model, { group: "", version: "v1", kind: modelParts(model).kind }]));
  for (const kind of kinds) {
    const { group, version, listKind } = kind;
    const list = listModel(kind);
    found.set(kind.model, { group, version, kind: kind.kind });
    if (list !== undefined) found.set(list, { group, version, kind: listKind });
    for (const { model, ...of } of Object.values(kind.subresources)) {
      if (model !== undefined) found.set(model, { group: of.group, version: of.version, kind: of.kind });
    }
  }
  return (model) => {
    const kind = found.get(model);
    return kind === undefined ? [] : [kind];
  };
};

/** What every document of these kinds shares. */
type Context = {
  readonly kinds: readonly Kind[];
  readonly nameOf: (model: string) => string;
  readonly kindsOf: (model: string) => readonly JsonObject[];
  readonly docs: Docs;
};

const contextOf = (kinds: readonly Kind[], docs: Docs): Context => ({
  kinds,
  nameOf: schemaNames(kinds),
  kindsOf: kindsOfModels(kinds),
  docs,
});

const modelsOf = (operations: readonly Operation[]): readonly string[] =>
  operations.flatMap(({ body, answer }) => [body, answer].flatMap((content) => (typeof content === "object" ? [content.model] : [])));

const schemasOf = (version: 2 | 3, operations: readonly Operation[], context: Context): JsonObject => {
  const writer = new SchemaWriter({ version, ...context });
  const models = [...reachableModels([...modelsOf(operations), ...META_KINDS, ...META_MODELS])].filter((model) => allModels().has(model));
  const entries = models.map((model): [string, JsonObject] => [context.nameOf(model), writer.model(model)]);
  const used = new Set(modelsOf(operations));
  const brought = context.kinds.filter(({ model }) => used.has(model));
  const own = customSchemas(brought, { version, nameOf: context.nameOf });
  return Object.fromEntries(
    [...entries, ...Object.entries(own), ...Object.entries(writer.special())].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
};

const contentSchema = (version: 2 | 3, content: Exclude<Content, undefined>, { nameOf }: Context): JsonObject =>
  content === "text" ? { type: "string" } : schemaRef(version, nameOf(content.model));

const answersOf = (operation: Operation, answer: JsonObject): JsonObject => {
  const good = ANSWERS[operation.action].map((code) => [code, { description: REASONS[code], ...answer }] as const);
  return Object.fromEntries([...good, ["401", { description: REASONS["401"] }]]);
};

const operationHead = ({ id, tag, description, action, kind }: Operation): JsonObject => ({
  operationId: id,
  description,
  tags: [tag],
  "x-kubernetes-action": action,
  "x-kubernetes-group-version-kind": kind,
});

const ofTypes = (types: readonly string[], schema: JsonObject): JsonObject => ({
  content: Object.fromEntries(types.map((type) => [type, { schema }])),
});

const answerTypes = ({ action, answer }: Operation): readonly string[] => {
  if (answer === "text") return action === "connect" ? ["*/*"] : ["text/plain", ...MEDIA_TYPES];
  return action === "list" ? [...MEDIA_TYPES, "application/json;stream=watch"] : MEDIA_TYPES;
};

/** A kind that brings its own schema has no strategic merge patch. */
const patchTypes = ({ body }: Operation): readonly string[] =>
  typeof body === "object" && allModels().has(body.model) ? PATCH_TYPES : PATCH_TYPES.filter((type) => type !== STRATEGIC);

const operation3 = (operation: Operation, context: Context): JsonObject => {
  const { action, answer, body, query } = operation;
  const answers = answer === undefined ? {} : ofTypes(answerTypes(operation), contentSchema(3, answer, context));
  const patch = schemaRef(3, PATCH_SCHEMA);
  const bodySchema = body === undefined || action === "patch" ? patch : contentSchema(3, body, context);
  const requestBody = {
    ...ofTypes(action === "patch" ? patchTypes(operation) : ["*/*"], bodySchema),
    ...(action.startsWith("delete") ? {} : { required: true }),
  };
  return {
    ...operationHead(operation),
    ...(query.length === 0 ? {} : { parameters: query.map((name) => queryParameter(3, name)) }),
    ...(body === undefined ? {} : { requestBody }),
    responses: answersOf(operation, answers),
  };
};

const PATCH_SCHEMA = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";
const PATCH = {
  [PATCH_SCHEMA]: {
    type: "object",
    description: "Patch is provided to give a concrete name and type to the Kubernetes PATCH request body.",
  },
};

const operation2 = (operation: Operation, context: Context): JsonObject => {
  const { action, answer, body, query } = operation;
  const schema = body === undefined || action === "patch" ? schemaRef(2, PATCH_SCHEMA) : contentSchema(2, body, context);
  const bodies =
    body === undefined ? [] : [{ name: "body", in: "body", schema, ...(action.startsWith("delete") ? {} : { required: true }) }];
  return {
    ...operationHead(operation),
    consumes: action === "patch" ? patchTypes(operation) : ["*/*"],
    produces: answerTypes(operation),
    schemes: ["https"],
    parameters: [...bodies, ...query.map((name) => queryParameter(2, name))],
    responses: answersOf(operation, answer === undefined ? {} : { schema: contentSchema(2, answer, context) }),
  };
};

const pathsOf = (version: 2 | 3, operations: readonly Operation[], context: Context): JsonObject => {
  const written = version === 2 ? operation2 : operation3;
  const paths = Object.groupBy(operations, ({ path }) => path);
  return Object.fromEntries(
    Object.entries(paths).map(([path, found = []]) => [
      path,
      {
        ...Object.fromEntries(found.map((operation) => [operation.method, written(operation, context)])),
        parameters: pathParameters(version, path),
      },
    ]),
  );
};

/** What a document says of the server. */
export type OpenapiInfo = { readonly title: string; readonly version: string };

/** The document of one group and version. `kinds` is the whole table: it decides the names of what groups share. */
export const openapiV3 = (
  kinds: readonly Kind[],
  { group, version }: GroupVersion,
  about: { readonly docs: Docs; readonly info: OpenapiInfo },
): JsonObject => {
  const operations = kinds.filter((kind) => kind.group === group && kind.version === version).flatMap(operationsOf);
  const context = contextOf(kinds, about.docs);
  return {
    openapi: "3.0.0",
    info: about.info,
    paths: pathsOf(3, operations, context),
    components: {
      schemas: { ...schemasOf(3, operations, context), ...PATCH },
      securitySchemes: { BearerToken: { type: "apiKey", name: "authorization", in: "header", description: "Bearer Token authentication" } },
    },
  };
};

/** The document of everything that is served, in the older form. */
export const openapiV2 = (kinds: readonly Kind[], { docs, info }: { readonly docs: Docs; readonly info: OpenapiInfo }): JsonObject => {
  const operations = kinds.flatMap(operationsOf);
  const context = contextOf(kinds, docs);
  return {
    swagger: "2.0",
    info,
    paths: pathsOf(2, operations, context),
    definitions: { ...schemasOf(2, operations, context), ...PATCH },
    securityDefinitions: {
      BearerToken: { type: "apiKey", name: "authorization", in: "header", description: "Bearer Token authentication" },
    },
    security: [{ BearerToken: [] }],
  };
};
