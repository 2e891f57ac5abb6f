// Certificate requests for tests, with their keys.
import { loadX509 } from "#lib/pki/authority.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

export type Wanted = {
  readonly name: string;
  readonly groups?: readonly string[];
  readonly dns?: readonly string[];
  readonly ips?: readonly string[];
};

/** A PKCS #10 request as PEM. */
export const createRequest = async ({ name, groups = [], dns = [], ips = [] }: Wanted): Promise<string> => {
  const x509 = await loadX509();
  const names = [...dns.map((value) => ({ type: "dns" as const, value })), ...ips.map((value) => ({ type: "ip" as const, value }))];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [...groups.map((group) => ({ O: [group] })), { CN: [name] }],
    keys: await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]),
    signingAlgorithm: ALGORITHM,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  return request.toString("pem");
};

/** The base64 of a request's PEM, as a CertificateSigningRequest carries it. */
export const encodedRequest = async (wanted: Wanted): Promise<string> => Buffer.from(await createRequest(wanted)).toString("base64");
