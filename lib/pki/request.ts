// Reading certificate requests (PKCS #10).
import { loadX509 } from "./authority.ts";

/** What a request asks to be certified. */
export type CertificateRequest = {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dns: readonly string[];
  readonly ips: readonly string[];
  readonly emails: readonly string[];
  readonly uris: readonly string[];
};

/** The request in a PEM. Throws: when it is none, or is not signed by its own key. */
export const readRequest = async (pem: string): Promise<CertificateRequest> => {
  const x509 = await loadX509();
  const request = new x509.Pkcs10CertificateRequest(pem);
  if (!(await request.verify())) throw new Error("the request is not signed by its own key");
  const extension = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
  const names = extension?.names.toJSON() ?? [];
  const of = (type: string): readonly string[] => names.flatMap((name) => (name.type === type ? [name.value] : []));
  return {
    commonName: request.subjectName.getField("CN")[0] ?? "",
    organizations: request.subjectName.getField("O"),
    dns: of("dns"),
    ips: of("ip"),
    emails: of("email"),
    uris: of("url"),
  };
};
