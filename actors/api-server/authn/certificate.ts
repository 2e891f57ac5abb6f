// Whom a client certificate names. upstream: apiserver/pkg/authentication/request/x509/x509.go CommonNameUserConversion
import type { PeerCertificate } from "node:tls";
import type { User } from "#lib/api.ts";
import { authenticated } from "./authenticator.ts";

const CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

const list = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

/** The user of a verified certificate: common name and organizations; undefined when it names nobody. */
export const userOfCertificate = ({ subject, fingerprint256 }: PeerCertificate): User | undefined => {
  const [name = ""] = list(subject.CN);
  if (name === "") return undefined;
  const id = `X509SHA256=${fingerprint256.replaceAll(":", "").toLowerCase()}`;
  return authenticated({ name, groups: list(subject.O), extra: { [CREDENTIAL_ID]: [id] } });
};
