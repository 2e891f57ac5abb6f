// The keys of service account tokens, and the JWT library: loaded when the first token is signed or read.
import { createPublicKey, type webcrypto } from "node:crypto";
import type * as Library from "jose";
import { keyIdOf, type SigningKey } from "#lib/pki/signing-key.ts";

type Jose = typeof Library;

/** What tokens are signed with. upstream: a key's algorithm decides; ours are ECDSA P-256 */
export const ALGORITHM = "ES256";

/** Keys ready for use. `id` tells them apart in a token's header. */
export type TokenKeys = {
  readonly jose: Jose;
  readonly id: string;
  readonly private: Library.CryptoKey;
  readonly public: Library.CryptoKey;
};

/** The public key as clients who verify tokens themselves read it. */
export const jwkOf = (publicKey: string): webcrypto.JsonWebKey & { readonly kid: string } => ({
  use: "sig",
  kid: keyIdOf(publicKey),
  alg: ALGORITHM,
  ...createPublicKey(publicKey).export({ format: "jwk" }),
});

/** Answers the keys, made ready at the first call. */
export const tokenKeys = (key: SigningKey): (() => Promise<TokenKeys>) => {
  let keys: Promise<TokenKeys> | undefined;
  return () => (keys ??= load(key));
};

const load = async ({ privateKey, publicKey }: SigningKey): Promise<TokenKeys> => {
  const jose = await import("jose");
  return {
    jose,
    id: keyIdOf(publicKey),
    private: await jose.importPKCS8(privateKey, ALGORITHM),
    public: await jose.importSPKI(publicKey, ALGORITHM),
  };
};
