// The documents of OpenAPI from the schemas of what is served. Schemas and texts are large, so they are read when the
// first document is asked for.
import type { Scheme } from "../scheme.ts";
import type { OpenApi } from "./openapi.ts";

/** Loads what makes the documents of these kinds. */
export const loadOpenApi = async (scheme: Scheme, version: string): Promise<OpenApi> => {
  const [{ openapiV2, openapiV3 }, { default: docs }] = await Promise.all([
    import("#api/schema/openapi.ts"),
    import("#api/generated/docs.json", { with: { type: "json" } }),
  ]);
  const about = { docs, info: { title: "Kubernetes", version } };
  return { v3: (of) => openapiV3(scheme.kinds, of, about), v2: () => openapiV2(scheme.kinds, about) };
};
