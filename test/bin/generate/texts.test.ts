import * as assert from "uvu/assert";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { emitDocs, emitSchemas } from "#bin/generate/emit.ts";
import { readText, readTexts } from "#bin/generate/texts.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("generate/texts");

const SOURCE = `import { IIoK8sApiCoreV1Inner } from "./Inner.js";
/**
 * A thing.
 *
 * - one:
 *   more
 */
export interface IThing extends TypeMeta {
    "apiVersion": "v1";
    "kind": "Thing";
    /**
     * An inner thing, '\\*' or '\\*\\/scale'.
     */
    "inner"?: IIoK8sApiCoreV1Inner;
    "labels"?: {
        [key: string]: string;
    };
    /**
     * Modes.
     *
     * @deprecated
     */
    "modes": Array<"A" | "B">;
    "policy"?: "" | "Always";
    "text"?: string;
}
/**
 * A thing.
 */
export declare class Thing extends Model<IThing> implements IThing {
    "extra": string;
}
`;

test("reads what is said of a type and its fields, as it was written", () => {
  const text = readText(SOURCE);
  assert.is(text?.doc, "A thing.\n\n- one:\n  more");
  const none = { doc: "", values: undefined };
  assert.equal(Object.fromEntries(text?.fields ?? []), {
    inner: { doc: "An inner thing, '*' or '*/scale'.", values: undefined },
    labels: none,
    modes: { doc: "Modes.", values: ["A", "B"] },
    policy: { doc: "", values: ["", "Always"] },
    text: none,
  });
});

test("reads what is said of a type without fields, and nothing where none is declared", () => {
  assert.equal(readText("/**\n * An instant.\n */\nexport type ITime = string;\nexport type Time = ITime;\n"), {
    doc: "An instant.",
    fields: new Map(),
  });
  assert.is(readText('export * from "./Pod.js";\n'), undefined);
});

const folders = ["kubernetes-models", "@kubernetes-models/apimachinery"].map((name) => dirname(fileURLToPath(import.meta.resolve(name))));
const field = (name: string, type: string) => ({ name, type, format: "", required: false, doc: "Of the other package." });
const models = [
  {
    name: "V1PodSpec",
    doc: "",
    fields: [field("securityContext", "V1PodSecurityContext"), field("restartPolicy", "string"), field("later", "string")],
  },
  { name: "EventsV1Event", doc: "", fields: [] },
  { name: "CoreV1Event", doc: "", fields: [] },
  { name: "V1PersistentVolumeSpec", doc: "", fields: [field("accessModes", "Array<string>")] },
];
const texts = readTexts(folders, new Set(models.map(({ name }) => name)));

test("finds each model by its name, whichever group it is of, and types that are no models", () => {
  const docs = emitDocs(models, texts) as { readonly [model: string]: { readonly [field: string]: string } };
  const said = (model: string, of = ""): string => docs[model]?.[of] ?? "";
  assert.match(said("V1PodSpec", "securityContext"), /^SecurityContext holds pod-level security attributes/);
  assert.match(said("V1PodSpec", "restartPolicy"), /\n\nPossible enum values:\n - `"Always"`/);
  assert.is(said("V1PodSpec", "later"), "Of the other package.");
  assert.match(said("CoreV1Event"), /Events have a limited retention time/);
  assert.is.not(said("EventsV1Event"), said("CoreV1Event"));
  assert.match(said("Time"), /^Time is a wrapper/);
});

test("a schema lists the values that a field or an item of a list may have", () => {
  const schemas = JSON.stringify(emitSchemas(models, texts));
  assert.match(schemas, '"restartPolicy":{"type":"string","enum":["Always","Never","OnFailure"]}');
  assert.match(schemas, '"accessModes":{"type":"array","items":{"type":"string","enum":["ReadOnlyMany",');
});
