// Users in headers, as a front proxy says them: how the API server tells other API servers who asks, and how a front proxy
// tells the API server. Values are UTF-8 in the bytes of the headers. Pure.
// upstream: client-go/transport/round_trippers.go SetAuthProxyHeaders, apiserver/pkg/authentication/request/headerrequest
import type { User } from "#lib/api.ts";
import { authenticated } from "./authenticator.ts";

/** The names of the headers, as they are recommended to whoever reads them. upstream: --requestheader-*-headers */
export const USER_HEADERS = { user: "X-Remote-User", uid: "X-Remote-Uid", group: "X-Remote-Group", extra: "X-Remote-Extra-" } as const;

const USER = USER_HEADERS.user.toLowerCase();
const UID = USER_HEADERS.uid.toLowerCase();
const GROUP = USER_HEADERS.group.toLowerCase();
const EXTRA = USER_HEADERS.extra.toLowerCase();

/** True for a header that says who somebody is. `name` is in lower case. */
export const isUserHeader = (name: string): boolean => name === USER || name === UID || name === GROUP || name.startsWith(EXTRA);

const toBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
const fromBytes = (text: string): string => Buffer.from(text, "latin1").toString("utf8");

/** Only what may stand in a header's name. upstream: headerKeyEscape */
const escaped = (key: string): string => encodeURIComponent(key).replaceAll("(", "%28").replaceAll(")", "%29");

/** A key that cannot be unescaped stands as it is. upstream: unescapeExtraKey */
const unescaped = (key: string): string => {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
};

/** The headers that say who asks. */
export const headersOfUser = ({ name, uid = "", groups, extra = {} }: User): { readonly [header: string]: string | string[] } => ({
  [USER]: toBytes(name),
  ...(uid === "" ? {} : { [UID]: toBytes(uid) }),
  ...(groups.length === 0 ? {} : { [GROUP]: groups.map(toBytes) }),
  ...Object.fromEntries(Object.entries(extra).map(([key, values]) => [EXTRA + escaped(key), values.map(toBytes)])),
});

const pairsIn = (rawHeaders: readonly string[]): readonly (readonly [name: string, value: string])[] =>
  Array.from({ length: Math.floor(rawHeaders.length / 2) }, (_, at) => [
    (rawHeaders[2 * at] ?? "").toLowerCase(),
    fromBytes(rawHeaders[2 * at + 1] ?? ""),
  ]);

/** What the headers after this prefix say, by what follows the prefix. */
export const extraIn = (
  headers: readonly (readonly [name: string, value: string])[],
  prefix: string,
): { readonly [key: string]: readonly string[] } => {
  const found = headers.filter(([name]) => name.startsWith(prefix));
  const byKey = Map.groupBy(found, ([name]) => unescaped(name.slice(prefix.length)));
  return Object.fromEntries([...byKey].map(([key, values]) => [key, values.map(([, value]) => value)]));
};

/** The user whom a front proxy's headers name; undefined: none. `rawHeaders` are names and values in turn. */
export const userOfHeaders = (rawHeaders: readonly string[]): User | undefined => {
  const pairs = pairsIn(rawHeaders);
  const all = (wanted: string): string[] => pairs.flatMap(([name, value]) => (name === wanted && value !== "" ? [value] : []));
  const [name] = all(USER);
  if (name === undefined) return undefined;
  const [uid] = all(UID);
  const extra = extraIn(pairs, EXTRA);
  return authenticated({
    name,
    groups: all(GROUP),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  });
};
