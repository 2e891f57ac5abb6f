// The words of wasi:http for what goes wrong with a connection. Pure.

/** A wasi:http error-code. */
export type ErrorCode = { readonly tag: string; readonly val?: unknown };

/** A failure of HTTP: what a stream of a body fails with, and what a request fails with. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  readonly code: ErrorCode;
  constructor(code: ErrorCode, options?: ErrorOptions) {
    super(code.tag, options);
    this.code = code;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection-refused",
  ECONNRESET: "connection-terminated",
  EPIPE: "connection-terminated",
  ERR_STREAM_PREMATURE_CLOSE: "connection-terminated",
  ETIMEDOUT: "connection-timeout",
  EHOSTUNREACH: "destination-unavailable",
  EADDRNOTAVAIL: "destination-unavailable",
  ENETUNREACH: "destination-IP-unroutable",
  ETIMEOUT: "DNS-timeout",
  ERR_UNESCAPED_CHARACTERS: "HTTP-request-URI-invalid",
  EPROTO: "TLS-protocol-error",
  DEPTH_ZERO_SELF_SIGNED_CERT: "TLS-certificate-error",
  SELF_SIGNED_CERT_IN_CHAIN: "TLS-certificate-error",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "TLS-certificate-error",
  UNABLE_TO_GET_ISSUER_CERT: "TLS-certificate-error",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "TLS-certificate-error",
  ERR_TLS_CERT_ALTNAME_INVALID: "TLS-certificate-error",
};

// c-ares' names for the answers of a name server that had none. https://www.rfc-editor.org/rfc/rfc2929#section-2.3
const RCODES: Readonly<Record<string, string>> = { ENOTFOUND: "NXDOMAIN", ESERVFAIL: "SERVFAIL", EREFUSED: "REFUSED", EFORMERR: "FORMERR" };

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^CERT_/, "TLS-certificate-error"],
  [/^ERR_(SSL|TLS)_/, "TLS-protocol-error"],
  [/^HPE_/, "HTTP-protocol-error"],
];

const codeOf = (error: unknown): string => {
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === "string") return code;
  return errors === undefined ? "" : codeOf(errors[0]); // every address was tried
};

/** The error-code that an error of node's is. */
export const errorCodeOf = (error: unknown): ErrorCode => {
  if (error instanceof HttpFailure) return error.code;
  const code = codeOf(error);
  const rcode = RCODES[code];
  if (rcode !== undefined) return { tag: "DNS-error", val: { rcode, infoCode: undefined } };
  const tag = WORDS[code] ?? FAMILIES.find(([pattern]) => pattern.test(code))?.[1];
  return tag === undefined ? { tag: "internal-error", val: error instanceof Error ? error.message : String(error) } : { tag };
};
