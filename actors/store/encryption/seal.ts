// Bytes as they lie in the store: `k8s:enc:aesgcm:v1:<key>:`, then nonce, ciphertext and tag. The object's place is
// authenticated with it, so that one object's bytes are no good in another's place.
// upstream: apiserver/pkg/storage/value/encrypt/aes/aes.go, storage/value/transformer.go
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "#lib/random.ts";
import type { Key, Provider } from "./config.ts";

const PREFIX = "k8s:enc:aesgcm:v1:";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** A prefix with the longest name of a key that is looked for. */
const MAX_PREFIX_BYTES = 512;
const COLON = 0x3a;

const prefixBytes = Buffer.from(PREFIX);

/** The bytes under the first of the providers. `place` is where they will lie. */
export const seal = (value: Uint8Array, place: string, providers: readonly Provider[], random: Random): Uint8Array => {
  const key = providers[0]?.keys[0];
  if (key === undefined) return value;
  const nonce = random.bytes(NONCE_BYTES);
  const cipher = createCipheriv(algorithmOf(key), key.secret, nonce);
  cipher.setAAD(Buffer.from(place));
  return Buffer.concat([prefixBytes, Buffer.from(`${key.name}:`), nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
};

/** What was sealed; `isStale`: not as the first of the providers would seal it. */
export type Opened = { readonly value: Uint8Array; readonly isStale: boolean };

/** The bytes that were sealed. Throws: an Error that says why they cannot be read. */
export const open = (stored: Uint8Array, place: string, providers: readonly Provider[]): Opened => {
  const name = keyNameOf(stored);
  const first = providers[0]?.keys[0]?.name;
  if (name === undefined) {
    if (!providers.some(({ keys }) => keys.length === 0)) throw new Error(`${place} is not encrypted, and no provider is "identity"`);
    return { value: stored, isStale: first !== undefined };
  }
  const keys = providers.flatMap((provider) => provider.keys).filter((key) => key.name === name);
  for (const key of keys) {
    const value = decrypted(stored, place, key);
    if (value !== undefined) return { value, isStale: name !== first };
  }
  throw new Error(
    keys.length === 0
      ? `${place} is encrypted with the key "${name}", which is not configured`
      : `${place} cannot be decrypted with the key "${name}"`,
  );
};

const algorithmOf = ({ secret }: Key) => `aes-${(secret.length * 8) as 128 | 192 | 256}-gcm` as const;

/** The name of the key; undefined: the bytes are not encrypted. */
const keyNameOf = (stored: Uint8Array): string | undefined => {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, Math.min(stored.length, MAX_PREFIX_BYTES));
  if (bytes.length < prefixBytes.length || prefixBytes.compare(bytes, 0, prefixBytes.length) !== 0) return undefined;
  const end = bytes.indexOf(COLON, prefixBytes.length);
  return end < 0 ? undefined : bytes.toString("utf8", prefixBytes.length, end);
};

const decrypted = (stored: Uint8Array, place: string, key: Key): Uint8Array | undefined => {
  const start = prefixBytes.length + Buffer.byteLength(key.name) + 1;
  const end = stored.length - TAG_BYTES;
  if (end < start + NONCE_BYTES) return undefined;
  const decipher = createDecipheriv(algorithmOf(key), key.secret, stored.subarray(start, start + NONCE_BYTES));
  decipher.setAAD(Buffer.from(place));
  decipher.setAuthTag(stored.subarray(end));
  try {
    const value = decipher.update(stored.subarray(start + NONCE_BYTES, end));
    decipher.final();
    return new Uint8Array(value.buffer, value.byteOffset, value.length);
  } catch {
    return undefined; // another key of that name, or not what was written
  }
};
