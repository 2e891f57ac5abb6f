// Whom a client certificate names. upstream: apiserver/pkg/authentication/request/x509/x509.go CommonNameUserConversion
import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from "node:tls";
import type { User } from "#lib/api.ts";
import { authenticated } from "./authenticator.ts";

const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** The user of a verified certificate: common name and organizations; undefined when it names nobody. */
const userOfCertificate = ({ subject, fingerprint256 }: PeerCertificate): User | undefined => {
  const [name = ""] = list(subject.CN);
  if (name === "") return undefined;
  const id = `X509SHA256=${fingerprint256.replaceAll(":", "").toLowerCase()}`;
  return authenticated({ name, groups: list(subject.O), extra: { [CREDENTIAL_ID]: [id] } });
};

/** Whose word on users is taken: who has a certificate of this authority (PEM), with one of these common names. upstream: --requestheader-* */
export type FrontProxyTrust = { readonly authority: string; readonly names: readonly string[] };

/** Whom a connection's certificate names: a user, a front proxy that names users itself, nobody whom we know; undefined: it shows none. */
export type Shown = User | "frontProxy" | "unverified" | undefined;

const rootOf = (certificate: DetailedPeerCertificate): PeerCertificate => {
  const { issuerCertificate: issuer } = certificate;
  return issuer === undefined || issuer.fingerprint256 === certificate.fingerprint256 ? certificate : rootOf(issuer);
};

/** Reads what connections show. A front proxy's authority makes no users, whatever its certificates say. */
export const createCertificateReader = (trust: FrontProxyTrust | undefined): ((socket: TLSSocket) => Shown) => {
  const authority = trust && new X509Certificate(trust.authority).fingerprint256;
  return (socket) => {
    const certificate = socket.getPeerCertificate(true);
    if (Object.keys(certificate).length === 0) return undefined;
    if (!socket.authorized) return "unverified";
    if (authority === undefined || rootOf(certificate).fingerprint256 !== authority) return userOfCertificate(certificate) ?? "unverified";
    return list(certificate.subject.CN).some((name) => trust?.names.includes(name) === true) ? "frontProxy" : "unverified";
  };
};
