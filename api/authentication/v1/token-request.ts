import type { AuthenticationV1TokenRequest } from "#api/generated/types.ts";
import type { Subresource } from "#api/kind.ts";

export type TokenRequest = AuthenticationV1TokenRequest;

/** The `token` subresource of a ServiceAccount: sign a token for it. */
export const tokenRequest: Subresource = {
  verbs: ["create"],
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  model: "AuthenticationV1TokenRequest",
};
