// The keys of service account tokens, for whoever verifies tokens without asking the API server. upstream: pkg/serviceaccount/openidmetadata.go
import { ALGORITHM, jwkOf } from "./token-keys.ts";
import { jsonAnswer, type PathHandler } from "../https/path-handler.ts";

const KEYS_PATH = "/openid/v1/jwks";

/** Serves the issuer's discovery document and its keys. `base` is where clients reach the API server. */
export const openidPaths = (options: { readonly issuer: string; readonly base: string; readonly publicKey: string }): PathHandler => {
  const discovery = {
    issuer: options.issuer,
    jwks_uri: `${options.base}${KEYS_PATH}`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [ALGORITHM],
  };
  return ({ path }) => {
    if (path === "/.well-known/openid-configuration") return cached(jsonAnswer(200, discovery));
    if (path !== KEYS_PATH) return undefined;
    return cached({ ...jsonAnswer(200, { keys: [jwkOf(options.publicKey)] }), contentType: "application/jwk-set+json" });
  };
};

const cached = (answer: ReturnType<typeof jsonAnswer>) => ({ ...answer, headers: { "Cache-Control": "public, max-age=3600" } });
