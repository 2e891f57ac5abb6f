// The media types of aggregated discovery: all of it in one document. upstream: apiserver/pkg/endpoints/discovery/aggregated

/** Versions of the document that are served, newest first. */
export const FORMS = ["v2", "v2beta1"] as const;

/** A version of the document. */
export type AggregatedForm = (typeof FORMS)[number];

/** The media type of a version of the document. */
export const aggregatedType = (version: AggregatedForm): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

/** The version that a media type says, with its parameters as a set. */
const formOf = (parts: ReadonlySet<string>): AggregatedForm | undefined =>
  parts.has("application/json") && parts.has("g=apidiscovery.k8s.io") && parts.has("as=APIGroupDiscoveryList")
    ? FORMS.find((form) => parts.has(`v=${form}`))
    : undefined;

const partsOf = (mediaType: string): ReadonlySet<string> => new Set(mediaType.split(";").map((part) => part.trim()));

/** Whether a media type is one of the document's. */
export const isAggregatedType = (mediaType: string): boolean => formOf(partsOf(mediaType)) !== undefined;

/** The version that an Accept header asks for; undefined: none, or plain discovery first. */
export const aggregatedWanted = (accept = ""): AggregatedForm | undefined => {
  for (const clause of accept.split(",")) {
    const parts = partsOf(clause);
    if (parts.has("application/json") && parts.size === 1) return undefined;
    const form = formOf(parts);
    if (form !== undefined) return form;
  }
  return undefined;
};
