// What becomes of a request for a certificate: approved if it is a node's own, signed once it is approved, deleted when
// nobody needs it any more. Pure.
// upstream: pkg/controller/certificates/approver/sarapprove.go, signer/signer.go, cleaner/cleaner.go
import type { CertificateSigningRequest } from "#api/certificates/v1/certificate-signing-request.ts";
import type { V1CertificateSigningRequestCondition } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Requeue } from "#lib/controller.ts";
import type { CertificateRequest } from "#lib/pki/request.ts";
import { SIGNERS } from "./signers.ts";

type Request = Stored<CertificateSigningRequest>;

export type Observed = {
  readonly csr: Request;
  /** Undefined: it cannot be read, or need not be. */
  readonly asked: CertificateRequest | undefined;
  /** Why it may be approved without anybody. */
  readonly recognized: string | undefined;
  /** When the certificate that was issued ends, milliseconds since the epoch. */
  readonly endsAt: number | undefined;
};

export type Action =
  | { readonly do: "approve"; readonly csr: Request }
  | { readonly do: "fail"; readonly csr: Request }
  | { readonly do: "sign"; readonly csr: Request; readonly lifeMs: number }
  | { readonly do: "delete"; readonly csr: Request };

const HOUR_MS = 3_600_000;
const PENDING_MS = 24 * HOUR_MS;
/** upstream: --cluster-signing-duration */
const DEFAULT_LIFE_MS = 365 * 24 * HOUR_MS;
const MIN_LIFE_MS = 600_000;

/** The condition of this type, if it holds. */
export const conditionOf = ({ status }: CertificateSigningRequest, type: string): V1CertificateSigningRequestCondition | undefined =>
  status?.conditions?.find((one) => one.type === type && one.status === "True");

/** Whether nothing was decided yet. */
export const isPending = (csr: CertificateSigningRequest): boolean =>
  conditionOf(csr, "Approved") === undefined && conditionOf(csr, "Denied") === undefined;

/** Whether a signer is to look at it. */
export const isToSign = (csr: CertificateSigningRequest): boolean =>
  conditionOf(csr, "Approved") !== undefined && conditionOf(csr, "Failed") === undefined && (csr.status?.certificate ?? "") === "";

/** What is to be done about one request. */
export const decide = (observed: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  const { csr, recognized } = observed;
  const forgetAt = forgottenAt(observed);
  if (forgetAt !== undefined && forgetAt <= nowMs) return [{ do: "delete", csr }];
  const later: readonly Requeue[] = forgetAt === undefined ? [] : [{ do: "requeue", afterMs: forgetAt - nowMs }];
  if (isPending(csr) && recognized !== undefined) return [{ do: "approve", csr: withCondition(csr, approval(recognized)) }, ...later];
  return [...signing(observed), ...later];
};

const signing = ({ csr, asked }: Observed): readonly Action[] => {
  const rule = SIGNERS[csr.spec.signerName];
  if (!isToSign(csr) || rule === undefined) return [];
  const refusal = asked === undefined ? "unable to parse csr" : rule(asked, csr.spec.usages ?? []);
  if (refusal === undefined) return [{ do: "sign", csr, lifeMs: lifeOf(csr) }];
  return [{ do: "fail", csr: withCondition(csr, { type: "Failed", status: "True", reason: "SignerValidationFailure", message: refusal }) }];
};

const lifeOf = ({ spec }: Request): number => {
  const { expirationSeconds } = spec;
  if (expirationSeconds === undefined) return DEFAULT_LIFE_MS;
  return Math.min(DEFAULT_LIFE_MS, Math.max(MIN_LIFE_MS, expirationSeconds * 1000));
};

const approval = (message: string): V1CertificateSigningRequestCondition => ({
  type: "Approved",
  status: "True",
  reason: "AutoApproved",
  message,
});

const withCondition = (csr: Request, condition: V1CertificateSigningRequestCondition): Request => ({
  ...csr,
  status: { ...csr.status, conditions: [...(csr.status?.conditions ?? []), condition] },
});

const atOf = (time: string | undefined): number => Date.parse(time ?? "");

/** When nobody needs it any more; undefined: that is not known yet. upstream: cleaner.handle */
const forgottenAt = ({ csr, endsAt }: Observed): number | undefined => {
  const since = (type: string): readonly number[] => {
    const condition = conditionOf(csr, type);
    return condition === undefined ? [] : [atOf(condition.lastUpdateTime) + HOUR_MS];
  };
  const isIssued = (csr.status?.certificate ?? "") !== "";
  const times = [
    ...(isPending(csr) ? [atOf(csr.metadata.creationTimestamp) + PENDING_MS] : []),
    ...(isIssued ? since("Approved") : []),
    ...(endsAt === undefined ? [] : [endsAt]),
    ...since("Denied"),
    ...since("Failed"),
  ].filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.min(...times);
};
