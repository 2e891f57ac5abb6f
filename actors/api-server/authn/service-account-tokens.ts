// Reads service account tokens: signature, issuer, audience, time, and that account and bound objects still stand.
// upstream: pkg/serviceaccount/jwt.go
import type { User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import type { ObjectSource } from "../objects.ts";
import { LEGACY_ISSUER, type LegacyClaims } from "#lib/pki/legacy-token.ts";
import { isLegacy, userOfLegacyClaims } from "./legacy-tokens.ts";
import { userOfClaims, type Claims } from "./claims.ts";
import { ALGORITHM, type TokenKeys } from "./token-keys.ts";

/** Seconds by which clocks may differ. upstream: jwt.DefaultLeeway */
const LEEWAY_SECONDS = 60;

export type TokenVerifierOptions = {
  readonly objects: ObjectSource;
  readonly keys: () => Promise<TokenKeys>;
  readonly issuer: string;
  /** The API server's own audiences: those of tokens that name none. */
  readonly audiences: readonly string[];
  readonly clock: Clock;
};

/** A token found good: whose it is, and for which of the audiences asked for. */
type Verified = { readonly user: User; readonly audiences: readonly string[] };

/** Verifies a token for at least one of `audiences`. Throws: an Error that says what is wrong with it. */
export type TokenVerifier = (token: string, audiences: readonly string[]) => Promise<Verified>;

/** A verifier of the tokens that this cluster signs. */
export const createTokenVerifier =
  ({ objects, keys, issuer, audiences: own, clock }: TokenVerifierOptions): TokenVerifier =>
  async (token, audiences) => {
    const { jose, public: key } = await keys();
    const claimed = claimsIn(jose, token);
    if (claimed !== undefined && isLegacy(claimed)) {
      const { payload } = await jose.jwtVerify<LegacyClaims>(token, key, { issuer: LEGACY_ISSUER, algorithms: [ALGORITHM] });
      return { user: userOfLegacyClaims(objects, token, payload), audiences: intended(audiences, own) };
    }
    if (claimed?.iss !== issuer) throw new Error(NOT_OURS);
    const nowMs = clock.now();
    const options = {
      algorithms: [ALGORITHM],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(nowMs),
      requiredClaims: ["exp"],
    };
    const { payload } = await jose.jwtVerify<Claims>(token, key, options).catch((error: unknown) => {
      throw told(jose, error);
    });
    const meant = intended(audiences, [payload.aud ?? own].flat());
    return { user: userOfClaims(objects, payload, nowMs), audiences: meant };
  };

/** Why a text is no token that this cluster could have signed; nothing more is told of it. */
export const NOT_OURS = "invalid bearer token";

type Jose = TokenKeys["jose"];

/** What a token says, before it is believed; undefined: it is none. */
const claimsIn = (jose: Jose, token: string): { readonly iss?: string | undefined } | undefined => {
  try {
    return jose.decodeJwt(token);
  } catch {
    return undefined;
  }
};

/** The error in upstream's words. upstream: jwtTokenAuthenticator.AuthenticateToken, validator.Validate */
const told = (jose: Jose, cause: unknown): Error => {
  const { JWTExpired, JWTClaimValidationFailed } = jose.errors;
  if (cause instanceof JWTExpired) return new Error("service account token has expired", { cause });
  if (!(cause instanceof JWTClaimValidationFailed)) return new Error("go-jose/go-jose: error in cryptographic primitive", { cause });
  const why = cause.claim === "nbf" ? "service account token is not valid yet" : "service account token claims are invalid";
  return new Error(why, { cause });
};

const goList = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(" ")}]`;

/** The audiences asked for that the token is for. Throws: when there are none. */
const intended = (asked: readonly string[], meant: readonly string[]): readonly string[] => {
  const both = asked.filter((audience) => meant.includes(audience));
  if (both.length > 0) return both;
  throw new Error(`token audiences ${goList(meant)} is invalid for the target audiences ${goList(asked)}`);
};
