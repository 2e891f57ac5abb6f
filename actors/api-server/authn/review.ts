// Answers "whose token is this?" and "who am I?". upstream: pkg/registry/authentication/tokenreview, selfsubjectreview
import type { V1SelfSubjectReview, V1TokenReview, V1UserInfo } from "#api/generated/types.ts";
import { badRequest } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";
import { toTime, type Clock } from "#lib/clock.ts";
import { authenticated, type TokenReader } from "./authenticator.ts";
import { NOT_OURS, type TokenVerifier } from "./service-account-tokens.ts";

const infoOf = ({ name, uid, groups, extra }: User): V1UserInfo => ({
  username: name,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra === undefined ? {} : { extra }),
});

/** `other` reads tokens without audiences; `own` are the API server's. */
type TokenReviewParts = { readonly verify: TokenVerifier; readonly other: TokenReader; readonly own: readonly string[] };

/** The spec has not been validated. */
const askedOf = ({ token = "", audiences = [] }: Partial<V1TokenReview["spec"]>) => ({ token, audiences });

/** TokenReview. A bad token is an answer too. Throws: BadRequest without a token. */
export const tokenReview = async ({ verify, other, own }: TokenReviewParts, review: V1TokenReview): Promise<V1TokenReview> => {
  const { token, audiences } = askedOf(review.spec);
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const known = await other.read(token);
  if (known !== undefined) return { ...review, status: { authenticated: true, user: infoOf(authenticated(known)) } };
  try {
    const verified = await verify(token, audiences.length === 0 ? own : audiences);
    return { ...review, status: { authenticated: true, user: infoOf(authenticated(verified.user)), audiences: verified.audiences } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...review, status: { authenticated: false, user: {}, error: why === NOT_OURS ? why : `[${NOT_OURS}, ${why}]` } };
  }
};

/** SelfSubjectReview. */
export const selfReview = (user: User, review: V1SelfSubjectReview, clock: Clock): V1SelfSubjectReview => ({
  ...review,
  metadata: { ...review.metadata, creationTimestamp: toTime(clock.now()) },
  status: { userInfo: infoOf(user) },
});
