// What upstream's API reference says of a field: the words that columns describe themselves with.
import generated from "#api/generated/docs.json" with { type: "json" };

const docs: { readonly [model: string]: { readonly [field: string]: string } } = generated;

/** The description of a field of a model (`V1PodSpec`, `nodeName`); "" where upstream has none. */
export const docOf = (model: string, field: string): string => docs[model]?.[field] ?? "";
