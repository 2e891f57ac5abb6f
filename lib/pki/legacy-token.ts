// Service account tokens that never end, as Secrets hold them. upstream: pkg/serviceaccount/legacy.go
import { keyIdOf, publicKeyOf } from "./signing-key.ts";

export const LEGACY_ISSUER = "kubernetes/serviceaccount";

/** The names of the claims. */
export const LEGACY = {
  namespace: "kubernetes.io/serviceaccount/namespace",
  secret: "kubernetes.io/serviceaccount/secret.name",
  account: "kubernetes.io/serviceaccount/service-account.name",
  uid: "kubernetes.io/serviceaccount/service-account.uid",
} as const;

export type LegacyClaims = { readonly [claim in (typeof LEGACY)[keyof typeof LEGACY]]: string };

/** Signs such a token. `privateKey`: ECDSA P-256, PEM. */
export const signLegacyToken = async (privateKey: string, claims: LegacyClaims): Promise<string> => {
  const { SignJWT, importPKCS8 } = await import("jose");
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "ES256", kid: keyIdOf(publicKeyOf(privateKey)) })
    .setIssuer(LEGACY_ISSUER)
    .setSubject(`system:serviceaccount:${claims[LEGACY.namespace]}:${claims[LEGACY.account]}`)
    .sign(await importPKCS8(privateKey, "ES256"));
};
