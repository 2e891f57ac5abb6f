// A certificate request as openssl makes one.

/** The base64 of its PEM, as a CertificateSigningRequest carries it. @param name a distinguished name: `CN=jane,O=dev` */
export const certificateRequest = async (name: string): Promise<string> => {
  await import("reflect-metadata"); // the certificate library needs it before
  const { Pkcs10CertificateRequestGenerator } = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const made = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: { name: "ECDSA", hash: "SHA-256" } });
  return Buffer.from(made.toString("pem")).toString("base64");
};
