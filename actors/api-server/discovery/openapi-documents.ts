// The documents of OpenAPI from the schemas of what is served. Schemas and texts are large, so they are read when the
// first document is asked for.
import type { JsonObject } from "#api/meta/json.ts";
import type { Scheme } from "../scheme.ts";
import type { OpenApi } from "./openapi.ts";

/** Loads what makes the documents of these kinds. */
export const loadOpenApi = async (scheme: Scheme, version: string): Promise<OpenApi> => {
  const [{ openapiV2, openapiV3 }, { mergeOpenapi }, { openapiProtobuf }, { default: docs }] = await Promise.all([
    import("#api/schema/openapi.ts"),
    import("#api/schema/openapi-merge.ts"),
    import("#api/schema/openapi-protobuf.ts"),
    import("#api/generated/docs.json", { with: { type: "json" } }),
  ]);
  const about = { docs, info: { title: "Kubernetes", version } };
  const v2 = (added: readonly JsonObject[]): JsonObject => added.reduce(mergeOpenapi, openapiV2(scheme.kinds, about));
  return { v3: (of) => openapiV3(scheme.kinds, of, about), v2, v2Protobuf: (added) => openapiProtobuf(v2(added)) };
};
