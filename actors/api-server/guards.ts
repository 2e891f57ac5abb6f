// Who may come in, and what they may do: authentication, authorization, reviews and tokens, wired over the cluster's objects.
import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { failure } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import type { SigningKey } from "#lib/pki/signing-key.ts";
import type { Random } from "#lib/random.ts";
import { createAuthenticator, type Authenticator, type TokenReader } from "./authn/authenticator.ts";
import { bootstrapTokens } from "./authn/bootstrap-tokens.ts";
import { selfReview, tokenReview } from "./authn/review.ts";
import { createTokenVerifier, type TokenVerifier } from "./authn/service-account-tokens.ts";
import { staticTokens, type StaticToken } from "./authn/static-tokens.ts";
import { cachedTokens } from "./authn/token-cache.ts";
import { createTokenIssuer } from "./authn/token-issuer.ts";
import { tokenKeys } from "./authn/token-keys.ts";
import { union, type Authorizer } from "./authorizer.ts";
import { localAccess, selfAccess, selfRules, subjectAccess } from "./authz/access-review.ts";
import { createEscalationCheck, type EscalationCheck } from "./authz/escalation.ts";
import { createNodeAuthorizer } from "./authz/node.ts";
import { privileged } from "./authz/privileged.ts";
import { createRbac, type RuleSource } from "./authz/rbac.ts";
import type { ObjectSource } from "./objects.ts";
import type { Guards as CoreGuards, Reviews } from "./ports.ts";

export type GuardOptions = {
  /** The tokens' issuer, such as `https://kubernetes.default.svc.cluster.local`; the API server's own audience too. */
  readonly issuer: string;
  readonly signingKey: SigningKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly staticTokens?: readonly StaticToken[] | undefined;
};

/** What guards an API server: the core's part, and the front's. */
export type Guards = CoreGuards & { readonly authenticator: Authenticator; readonly escalation: EscalationCheck };

/** The guards over the cluster's objects. */
export const createGuards = (objects: ObjectSource, options: GuardOptions): Guards => {
  const { issuer, clock } = options;
  const audiences = [issuer];
  const rbac = createRbac(objects);
  const authorizer = union([privileged, createNodeAuthorizer(objects), rbac]);
  const keys = tokenKeys(options.signingKey);
  const verify = createTokenVerifier({ objects, keys, issuer, audiences, clock });
  const other = firstReader([staticTokens(options.staticTokens ?? []), bootstrapTokens(objects, clock)]);
  return {
    authorizer,
    authenticator: createAuthenticator(cachedTokens(readerOf(verify, audiences, other), clock)),
    tokens: createTokenIssuer({ objects, keys, issuer, audiences, clock, random: options.random }),
    reviews: createReviews({ authorizer, rules: rbac, verify, other, audiences, clock }),
    escalation: createEscalationCheck(authorizer, rbac),
  };
};

const firstReader = (readers: readonly TokenReader[]): TokenReader => ({
  read: async (token) => {
    for (const reader of readers) {
      const user = await reader.read(token);
      if (user !== undefined) return user;
    }
    return undefined;
  },
});

const readerOf = (verify: TokenVerifier, audiences: readonly string[], other: TokenReader): TokenReader => ({
  read: async (token) =>
    (await other.read(token)) ??
    verify(token, audiences).then(
      ({ user }) => user,
      () => undefined,
    ),
});

type ReviewParts = {
  readonly authorizer: Authorizer;
  readonly rules: RuleSource;
  readonly verify: TokenVerifier;
  /** Reads tokens that are no service account's. */
  readonly other: TokenReader;
  readonly audiences: readonly string[];
  readonly clock: Clock;
};

type Answer = (user: User, review: KubeObject, namespace: string) => KubeObject | Promise<KubeObject>;

const createReviews = ({ authorizer, rules, verify, other, audiences, clock }: ReviewParts): Reviews => {
  const answers: { readonly [resource: string]: Answer } = {
    tokenreviews: (_user, review) => tokenReview({ verify, other, own: audiences }, review as never),
    selfsubjectreviews: (user, review) => selfReview(user, review, clock),
    subjectaccessreviews: (_user, review) => subjectAccess(authorizer, review as never),
    selfsubjectaccessreviews: (user, review) => selfAccess(authorizer, user, review as never),
    localsubjectaccessreviews: (_user, review, namespace) => localAccess(authorizer, namespace, review as never),
    selfsubjectrulesreviews: (user, review) => selfRules(rules, user, review as never),
  };
  return {
    review: async (user, { resource }: Kind, review, namespace) => {
      const answer = answers[resource];
      if (answer === undefined) throw failure("NotFound", "the server could not find the requested resource", {});
      return answer(user, review, namespace);
    },
  };
};
