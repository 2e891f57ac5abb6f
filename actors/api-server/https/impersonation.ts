// Acting as somebody else: `kubectl --as`. Each thing that the headers ask to be must be allowed to who asks.
// upstream: apiserver/pkg/endpoints/filters/impersonation.go
import { failure } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";
import { extraIn } from "../authn/request-header.ts";
import { requireAllowed, type Authorizer, type ResourceAttributes } from "../authorizer.ts";

const EXTRA = "impersonate-extra-";
const AUTHENTICATION = "authentication.k8s.io";
const AUTHENTICATED = "system:authenticated";
const UNAUTHENTICATED = "system:unauthenticated";
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

type Asked = {
  readonly name: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: { readonly [key: string]: readonly string[] };
};

/** Whom a request is made as. `rawHeaders` are names and values in turn. Throws: Forbidden, BadRequest. */
export const actingUser = (user: User, rawHeaders: readonly string[], authorizer: Authorizer): User => {
  const asked = askedIn(rawHeaders);
  if (asked === undefined) return user;
  for (const attributes of thingsIn(asked)) requireAllowed(authorizer, user, attributes);
  return {
    name: asked.name,
    groups: groupsOf(asked),
    ...(asked.uid === undefined ? {} : { uid: asked.uid }),
    ...(Object.keys(asked.extra).length === 0 ? {} : { extra: asked.extra }),
  };
};

const askedIn = (rawHeaders: readonly string[]): Asked | undefined => {
  const found = headersIn(rawHeaders);
  if (found.length === 0) return undefined;
  const all = (name: string): string[] => found.flatMap(([header, value]) => (header === name ? [value] : []));
  const [name = ""] = all("impersonate-user");
  if (name === "") {
    const what = found.map(([header, value]) => `${header}: ${value}`).join(", ");
    throw failure("BadRequest", `requested [${what}] without impersonating a user`);
  }
  return { name, uid: all("impersonate-uid")[0], groups: all("impersonate-group"), extra: extraIn(found, EXTRA) };
};

const headersIn = (rawHeaders: readonly string[]): (readonly [string, string])[] => {
  const found: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at] ?? "";
    if (raw.length < 12 || (raw.codePointAt(0) ?? 0) % 32 !== 9) continue; // cheap: does not begin with an I
    const name = raw.toLowerCase();
    if (name.startsWith("impersonate-")) found.push([name, rawHeaders[at + 1] ?? ""]);
  }
  return found;
};

function* thingsIn({ name, uid, groups, extra }: Asked): Generator<ResourceAttributes> {
  const verb = "impersonate";
  const account = SERVICE_ACCOUNT.exec(name);
  if (account === null) yield { verb, group: "", version: "", resource: "users", name };
  else yield { verb, group: "", version: "", resource: "serviceaccounts", namespace: account[1], name: account[2] };
  for (const group of groups) yield { verb, group: "", version: "", resource: "groups", name: group };
  for (const [key, values] of Object.entries(extra)) {
    for (const value of values) yield { verb, group: AUTHENTICATION, version: "v1", resource: "userextras", subresource: key, name: value };
  }
  if (uid !== undefined) yield { verb, group: AUTHENTICATION, version: "v1", resource: "uids", name: uid };
}

/** The groups asked for; without any, a service account's own. Whoever is not anonymous is authenticated. */
const groupsOf = ({ name, groups }: Asked): readonly string[] => {
  const namespace = SERVICE_ACCOUNT.exec(name)?.[1];
  const own = namespace === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const given = groups.length > 0 ? groups : own;
  if (given.includes(AUTHENTICATED) || given.includes(UNAUTHENTICATED)) return given;
  return [...given, name === "system:anonymous" ? UNAUTHENTICATED : AUTHENTICATED];
};
