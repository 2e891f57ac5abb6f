// The key that signs service-account tokens. ES256: made in a millisecond where RSA takes hundreds.
import { createHash, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";

/** An ECDSA P-256 key pair, PEM: PKCS #8 and SPKI. */
export type SigningKey = { readonly privateKey: string; readonly publicKey: string };

const generate = promisify(generateKeyPair);

/** A new signing key. */
export const createSigningKey = async (): Promise<SigningKey> =>
  generate("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });

/** The public half of a private key in PEM. Throws: when it is no key. */
export const publicKeyOf = (privateKey: string): string => createPublicKey(privateKey).export({ type: "spki", format: "pem" });

/** A key's id: the hash of its public half, PEM. upstream: pkg/serviceaccount/jwt.go keyIDFromPublicKey */
export const keyIdOf = (publicKey: string): string =>
  createHash("sha256")
    .update(createPublicKey(publicKey).export({ type: "spki", format: "der" }))
    .digest("base64url");
