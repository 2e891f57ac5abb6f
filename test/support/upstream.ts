// Upstream's OpenAPI v2 document, where the environment variable ORRERY_SWAGGER names a copy of it: tables of facts are
// compared with it. Tests do without it and say so.
import { allModels } from "#api/schema/models.ts";
import { readFileSync } from "node:fs";

type Property = { readonly [key: string]: unknown };
type Definition = { readonly properties?: { readonly [field: string]: Property }; readonly [key: string]: unknown };

/** What a test prints when it cannot compare. */
export const upstreamSkip = "   skipped: ORRERY_SWAGGER names no upstream document to compare with";

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** The generated model that an upstream definition became: `V1Pod`, or `CoreV1Event` where the short name is taken twice. */
const modelOf = (definition: string): string | undefined => {
  const [kind = "", version = "", group = ""] = definition.split(".").toReversed();
  const short = capital(version) + kind;
  return [capital(group) + short, short].find((name) => allModels().has(name));
};

/** The whole document, or undefined when there is none. */
export const upstreamDocument = ():
  | { readonly definitions: { readonly [name: string]: Definition }; readonly paths: Property }
  | undefined => {
  const path = process.env["ORRERY_SWAGGER"];
  return path === undefined ? undefined : JSON.parse(readFileSync(path, "utf8"));
};

/** Upstream's definitions by our model names, or undefined when there is no document. */
export const upstreamDefinitions = (): ReadonlyMap<string, { readonly name: string; readonly schema: Definition }> | undefined => {
  const document = upstreamDocument();
  if (document === undefined) return undefined;
  return new Map(
    Object.entries(document.definitions).flatMap(([name, schema]) => {
      const model = modelOf(name);
      return model === undefined ? [] : [[model, { name, schema }] as const];
    }),
  );
};
