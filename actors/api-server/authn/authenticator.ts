// The port for authentication, and the order of its ways: a client certificate, else a token, else nobody.
// upstream: pkg/kubeapiserver/authenticator/config.go
import { unauthorized } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";

/** What a request shows. `certificate`: whom the connection's client certificate names; "unverified": it is not of our authority. */
type Credentials = { readonly certificate?: User | "unverified" | undefined; readonly token?: string | undefined };

export interface Authenticator {
  /** Throws: Unauthorized for credentials that are not good. */
  authenticate(credentials: Credentials): User | Promise<User>;
}

/** Reads tokens. Undefined: this reader does not know the token. */
export interface TokenReader {
  read(token: string): Promise<User | undefined>;
}

/** Who shows nothing. Roles decide what they may see. upstream: --anonymous-auth */
const ANONYMOUS: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

const AUTHENTICATED = "system:authenticated";

/** The user as a member of everybody who is authenticated. */
export const authenticated = (user: User): User =>
  user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] };

/** Authenticates by certificate, then by token; who shows neither is anonymous. */
export const createAuthenticator = (tokens: TokenReader): Authenticator => ({
  authenticate: ({ certificate, token }) => {
    if (certificate !== undefined && certificate !== "unverified") return certificate;
    if (token !== undefined) return byToken(tokens, token);
    if (certificate === "unverified") throw unauthorized();
    return ANONYMOUS;
  },
});

const byToken = async (tokens: TokenReader, token: string): Promise<User> => {
  const user = await tokens.read(token);
  if (user === undefined) throw unauthorized();
  return authenticated(user);
};
