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
    if (token.split(".").length !== 3) throw new Error("invalid bearer token");
    const { jose, public: key } = await keys();
    if (isLegacy(jose.decodeJwt(token))) {
      const { payload } = await jose.jwtVerify<LegacyClaims>(token, key, { issuer: LEGACY_ISSUER, algorithms: [ALGORITHM] });
      return { user: userOfLegacyClaims(objects, token, payload), audiences: intended(audiences, own) };
    }
    const nowMs = clock.now();
    const { payload } = await jose.jwtVerify<Claims>(token, key, {
      issuer,
      audience: [...audiences],
      algorithms: [ALGORITHM],
      clockTolerance: LEEWAY_SECONDS,
      currentDate: new Date(nowMs),
      requiredClaims: ["exp"],
    });
    const of = new Set([payload.aud ?? []].flat());
    return { user: userOfClaims(objects, payload, nowMs), audiences: audiences.filter((audience) => of.has(audience)) };
  };

/** The audiences asked for that the token is for. Throws: when there are none. */
const intended = (asked: readonly string[], own: readonly string[]): readonly string[] => {
  const both = asked.filter((audience) => own.includes(audience));
  if (both.length === 0)
    throw new Error(`token audiences ${JSON.stringify(own)} is invalid for the target audiences ${JSON.stringify(asked)}`);
  return both;
};
