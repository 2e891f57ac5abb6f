// Signs service account tokens. upstream: pkg/registry/core/serviceaccount/storage/token.go, pkg/serviceaccount/claims.go
import type { V1TokenRequestSpec } from "#api/generated/types.ts";
import type { TokenRequest } from "#api/authentication/v1/token-request.ts";
import { toTime, type Clock } from "#lib/clock.ts";
import { uuid, type Random } from "#lib/random.ts";
import type { ObjectSource } from "../objects.ts";
import type { TokenIssuer } from "../ports.ts";
import type { KubernetesClaim } from "./claims.ts";
import { boundClaims } from "./token-binding.ts";
import { ALGORITHM, type TokenKeys } from "./token-keys.ts";

const DEFAULT_SECONDS = 3_600;
/** What kubelets ask for on behalf of pods that may not know that tokens end: it is stretched, and late use is noticed. */
const PROJECTED_SECONDS = 3_607;
const STRETCHED_SECONDS = 31_536_000;

export type TokenIssuerOptions = {
  readonly objects: ObjectSource;
  readonly keys: () => Promise<TokenKeys>;
  readonly issuer: string;
  /** The API server's own audiences, which a request without audiences gets. */
  readonly audiences: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
};

/** The issuer of this cluster's tokens. */
export const createTokenIssuer = (options: TokenIssuerOptions): TokenIssuer => ({
  issue: async (account, { spec }: TokenRequest, object) => {
    const asked = askedOf(options, spec);
    const bound = boundClaims(options.objects, spec?.boundObjectRef?.kind, object);
    const isStretched = bound.pod !== undefined && asked.expirationSeconds === PROJECTED_SECONDS && isOurs(options, asked.audiences);
    const nowMs = options.clock.now();
    const issuedAt = Math.floor(nowMs / 1000);
    const { namespace, name, uid } = account;
    const token = await sign(options, {
      audiences: asked.audiences,
      issuedAt,
      seconds: isStretched ? STRETCHED_SECONDS : asked.expirationSeconds,
      claim: {
        namespace,
        serviceaccount: { name, uid },
        ...bound,
        ...(isStretched ? { warnafter: issuedAt + PROJECTED_SECONDS } : {}),
      },
    });
    const request: TokenRequest = {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, creationTimestamp: toTime(nowMs) },
      spec: { ...spec, ...asked },
      status: { token, expirationTimestamp: toTime((issuedAt + asked.expirationSeconds) * 1000) },
    };
    return request;
  },
});

/** What is asked for, with what holds when nothing is. */
const askedOf = ({ audiences: own }: TokenIssuerOptions, spec: V1TokenRequestSpec | undefined) => {
  const { expirationSeconds = DEFAULT_SECONDS, audiences = [] } = spec ?? {};
  return { expirationSeconds, audiences: audiences.length === 0 ? own : audiences };
};

type Wanted = {
  readonly audiences: readonly string[];
  readonly issuedAt: number;
  readonly seconds: number;
  readonly claim: KubernetesClaim;
};

const sign = async ({ keys, issuer, random }: TokenIssuerOptions, { audiences, issuedAt, seconds, claim }: Wanted): Promise<string> => {
  const { jose, id, private: key } = await keys();
  const claims = { jti: uuid(random), "kubernetes.io": claim };
  return new jose.SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, kid: id })
    .setIssuer(issuer)
    .setSubject(`system:serviceaccount:${claim.namespace}:${claim.serviceaccount.name}`)
    .setAudience([...audiences])
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + seconds)
    .sign(key);
};

const isOurs = ({ audiences: own }: TokenIssuerOptions, audiences: readonly string[]): boolean =>
  audiences.every((audience) => own.includes(audience));
