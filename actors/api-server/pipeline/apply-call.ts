// Which calls apply a configuration, and what they must say.
import type { FieldError } from "#api/meta/status.ts";
import { forbiddenField, invalidValue, required, tooLong } from "#api/meta/field-error.ts";
import type { ApiRequest } from "#lib/api.ts";

/** The media type of server-side apply. */
export const APPLY = "application/apply-patch+yaml";

/** Whether the request is a server-side apply. */
export const isApply = ({ request: { verb, contentType } }: { readonly request: Pick<ApiRequest, "verb" | "contentType"> }): boolean =>
  verb === "patch" && contentType?.split(";")[0] === APPLY;

/** upstream: metav1validation.FieldManagerMaxLength */
const MAX_MANAGER = 128;

/** What is wrong with the options of a write that concern who manages what. upstream: metav1validation.ValidateFieldManager, ValidatePatchOptions */
export const managerErrors = (request: ApiRequest): readonly FieldError[] => {
  const { fieldManager = "", force } = request.options ?? {};
  const isApplied = isApply({ request });
  return [
    ...(isApplied && fieldManager === "" ? [required("fieldManager", "is required for apply patch")] : []),
    ...(request.verb === "patch" && !isApplied && force !== undefined
      ? [forbiddenField("force", "may not be specified for non-apply patch")]
      : []),
    ...(fieldManager.length > MAX_MANAGER ? [tooLong("fieldManager", MAX_MANAGER)] : []),
    ...(/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(fieldManager)
      ? []
      : [invalidValue("fieldManager", fieldManager, "should only contain printable characters")]),
  ];
};
