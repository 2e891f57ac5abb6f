// Which state a list is of.
// upstream: apimachinery/pkg/apis/meta/internalversion/validation/validation.go, apiserver/pkg/storage/interfaces.go ValidateListOptions
import { forbiddenField, invalidValue, notSupported } from "#api/meta/field-error.ts";
import { badRequest, invalid, type FieldError } from "#api/meta/status.ts";
import type { RequestOptions } from "#lib/api.ts";

/** `atLeast`: the present state, once it is not older than the revision. `exactly`: the state at it. */
export type Wanted = { readonly how: "atLeast" | "exactly"; readonly revision: number };

/** A resourceVersion of a client; 0 when it names none. Throws: BadRequest. */
export const parseRevision = (text: string | undefined): number => {
  if (text === undefined || text === "") return 0;
  if (/^\d+$/.test(text)) return Number(text);
  const { field, message } = invalidValue("resourceVersion", text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`);
  throw badRequest(`invalid resource version: ${field}: ${message}`);
};

/** Throws: BadRequest, Invalid for options that contradict each other. */
export const wantedOf = (options: RequestOptions): Wanted => {
  const errors = [...matchErrors(options), ...watchErrors(options)];
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions", name: "" }, errors);
  const revision = parseRevision(options.resourceVersion);
  const { resourceVersionMatch: match, limit = 0, continue: token = "" } = options;
  if (token !== "" && revision > 0) throw badRequest("specifying resource version is not allowed when using continue");
  const isExact = match === "Exact" || (match === undefined && limit > 0 && revision > 0);
  return { how: isExact ? "exactly" : "atLeast", revision };
};

const watchErrors = ({ sendInitialEvents }: RequestOptions): readonly FieldError[] =>
  sendInitialEvents === undefined ? [] : [forbiddenField("sendInitialEvents", "sendInitialEvents is forbidden for list")];

const FIELD = "resourceVersionMatch";

const matchErrors = (options: RequestOptions): readonly FieldError[] => {
  const match: string = options.resourceVersionMatch ?? "";
  const { resourceVersion = "", continue: token = "" } = options;
  if (match === "") return [];
  return [
    ...(resourceVersion === "" ? [forbiddenField(FIELD, "resourceVersionMatch is forbidden unless resourceVersion is provided")] : []),
    ...(token === "" ? [] : [forbiddenField(FIELD, "resourceVersionMatch is forbidden when continue is provided")]),
    ...(MATCHES.includes(match) ? [] : [notSupported(FIELD, match, MATCHES)]),
    ...(match === "Exact" && resourceVersion === "0" ? [forbiddenField(FIELD, EXACTLY_ANY)] : []),
  ];
};

const MATCHES = ["Exact", "NotOlderThan", ""];
const EXACTLY_ANY = `resourceVersionMatch "exact" is forbidden for resourceVersion "0"`;
