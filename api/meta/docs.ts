// What upstream's API reference says of a field: the words that columns describe themselves with.
import generated from "#api/generated/docs.json" with { type: "json" };

const docs: { readonly [model: string]: { readonly [field: string]: string } } = generated;

/** A text without the values that a field may have, which only newer documents list. upstream: kube-openapi/pkg/generators/enum.go */
export const withoutValues = (text: string): string => text.replace(/(?:^|\n+)Possible enum values:\n[^]*$/, "");

/** The description of a field of a model (`V1PodSpec`, `nodeName`); "" where upstream has none. */
export const docOf = (model: string, field: string): string => withoutValues(docs[model]?.[field] ?? "");
