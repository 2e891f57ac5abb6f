import type { AuthenticationV1TokenRequest } from "#api/generated/types.ts";
import type { Subresource } from "#api/kind.ts";
import type { Check } from "#api/meta/check.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { Draft } from "#api/meta/object.ts";

export type TokenRequest = AuthenticationV1TokenRequest;

const HOUR_SECONDS = 3600;
const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
const PATH = "spec.expirationSeconds";

/** The `token` subresource of a ServiceAccount: sign a token for it. */
export const tokenRequest: Subresource = {
  verbs: ["create"],
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  model: "AuthenticationV1TokenRequest",
};

/** A token is good for an hour. upstream: SetDefaults_TokenRequestSpec */
export const defaultTokenRequest = (draft: Draft<TokenRequest>): void => {
  (draft.spec ??= { audiences: [] }).expirationSeconds ??= HOUR_SECONDS;
};

/** Not less than ten minutes, not more than 2^32 seconds. upstream: ValidateTokenRequest */
export function* checkTokenRequest({ spec }: TokenRequest): Check {
  const seconds = spec?.expirationSeconds ?? 0;
  if (seconds < MIN_SECONDS) yield invalidValue(PATH, seconds, "may not specify a duration less than 10 minutes");
  if (seconds > MAX_SECONDS) yield invalidValue(PATH, seconds, "may not specify a duration larger than 2^32 seconds");
}
