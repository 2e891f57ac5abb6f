// Remembers good tokens for a short while: a signature costs a thousand times a look-up, and clients send the same token
// with every request. What was revoked is refused within `ttlMs`. upstream: apiserver/pkg/authentication/token/cache
import { hash } from "node:crypto";
import type { User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import type { TokenReader } from "./authenticator.ts";

/** upstream: TokenSuccessCacheTTL */
const TTL_MS = 10_000;
const MOST = 4_096;

type Known = { readonly user: Promise<User | undefined>; readonly until: number };

/** A reader that asks `reader` at most once every 10 s for a token that is good. Tokens are kept as hashes only. */
export const cachedTokens = (reader: TokenReader, clock: Clock, { ttlMs = TTL_MS, most = MOST } = {}): TokenReader => {
  const known = new Map<string, Known>();
  const ask = (key: string, token: string): Promise<User | undefined> => {
    const user = reader.read(token);
    known.delete(key);
    known.set(key, { user, until: clock.now() + ttlMs });
    const forget = (): boolean => known.get(key)?.user === user && known.delete(key);
    user.then((found) => found === undefined && forget(), forget);
    for (const oldest of known.keys()) {
      if (known.size <= most) break;
      known.delete(oldest);
    }
    return user;
  };
  return {
    read: (token) => {
      const key = hash("sha256", token, "base64");
      const present = known.get(key);
      return present !== undefined && clock.now() < present.until ? present.user : ask(key, token);
    },
  };
};
