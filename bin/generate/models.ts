// Reads the Kubernetes models that the npm package @kubernetes/client-node carries (generated upstream from the OpenAPI
// document of one Kubernetes release) and gives them as plain schemas. Its border: it knows that package's file format
// and nothing of our API server.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A field as the package describes it. `type` is a TypeScript type, `format` an OpenAPI format or "". */
type Field = { readonly name: string; readonly type: string; readonly format: string };

/** One model: its fields in order, which of them are required, and the text of each. */
export type Model = {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly (Field & { readonly required: boolean; readonly doc: string })[];
};

const ATTRIBUTE = /"baseName": "([^"]*)",\s*"type": "([^"]*)",\s*"format": "([^"]*)"/g;
const MEMBER = /(?:\/\*\*\n((?:\s*\*(?!\/).*\n)*)\s*\*\/\n\s*)?'([^']+)'(\??): /g;

const prose = (comment: string | undefined): string =>
  (comment ?? "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join(" ")
    .replaceAll(/\\(['"`])/g, "$1")
    .trim();

/** The identifier under which the package declares a field: words it may not use get an underscore. */
const declared = (name: string): readonly string[] => [
  name,
  `_${name}`,
  name.replaceAll(/[^A-Za-z0-9]+/g, "_"),
  name.replace("x-kubernetes-", "x_kubernetes_").replaceAll("-", "_"),
];

const readModel = (dir: string, name: string): Model => {
  const code = readFileSync(join(dir, `${name}.js`), "utf8");
  const types = readFileSync(join(dir, `${name}.d.ts`), "utf8");
  const members = new Map([...types.matchAll(MEMBER)].map(([, doc, member, mark]) => [member, { doc: prose(doc), required: mark === "" }]));
  const fields = [...code.matchAll(ATTRIBUTE)].map(([, field = "", type = "", format = ""]) => {
    const member = declared(field)
      .map((key) => members.get(key))
      .find((found) => found !== undefined);
    return { name: field, type, format, required: member?.required ?? false, doc: member?.doc ?? "" };
  });
  const head = /\/\*\*\n((?:\s*\*(?!\/).*\n)*)\s*\*\/\nexport declare class/.exec(types);
  return { name, doc: prose(head?.[1]), fields };
};

const UNSTABLE = /V\d(?:alpha|beta)\d/;
const NOT_MODELS = new Set(["ObjectSerializer", "all"]);

/** Every model of a stable version. Throws: when the package's layout is not the known one. */
export const readModels = (dir: string): readonly Model[] => {
  const names = readdirSync(dir)
    .filter((file) => file.endsWith(".js"))
    .map((file) => file.slice(0, -3))
    .filter((name) => !NOT_MODELS.has(name) && !UNSTABLE.test(name));
  const models = names.map((name) => readModel(dir, name));
  if (!models.some((model) => model.name === "V1Pod" && model.fields.length === 5)) {
    throw new Error(`${dir}: these are not the models of @kubernetes/client-node that this generator knows`);
  }
  return models;
};
