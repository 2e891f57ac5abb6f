// Why a server could not be reached, in Go's words: users know and compare them. Pure.
// upstream: net/net.go OpError, crypto/x509/verify.go
import { hostPort } from "#api/meta/ip.ts";

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  EADDRNOTAVAIL: "connect: cannot assign requested address",
  ETIMEDOUT: "i/o timeout",
};

const UNKNOWN_AUTHORITY = "x509: certificate signed by unknown authority";

const DISTRUST: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: "x509: certificate has expired or is not yet valid",
};

/** The error with Go's words when it is known, else as it is. */
export const dialError = (host: string, port: number, error: NodeJS.ErrnoException): Error => {
  const code = error.code ?? "";
  if (code === "ENOTFOUND") return new Error(`dial tcp: lookup ${host}: no such host`, { cause: error });
  if (DISTRUST[code] !== undefined) return new Error(`tls: failed to verify certificate: ${DISTRUST[code]}`, { cause: error });
  const cause = CAUSES[code];
  return cause === undefined ? error : new Error(`dial tcp ${hostPort({ host, port })}: ${cause}`, { cause: error });
};
