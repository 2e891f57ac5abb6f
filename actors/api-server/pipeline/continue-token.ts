// The token by which a client asks for the next page of a list. upstream: apiserver/pkg/storage/continue.go
import { badRequest, type ApiError } from "#api/meta/status.ts";
import { JsonTextError } from "#api/schema/json-text.ts";
import { jsonOf } from "#api/schema/parse.ts";
import type { Position } from "../cache/resource-cache.ts";

const VERSION = "meta.k8s.io/v1";

/** Where a list goes on, and at which revision; -1: as things are now, because what they were is forgotten. */
export type ListToken = { readonly revision: number; readonly after: Position };

const INCONSISTENT = -1;

/** True when the list goes on with what is there now. */
export const isInconsistent = ({ revision }: ListToken): boolean => revision === INCONSISTENT;

/** The token as text. */
export const encodeToken = ({ revision, after }: ListToken): string =>
  btoaUrl(JSON.stringify({ v: VERSION, rv: revision, start: `${after.namespace}/${after.name}` }));

/** The same token for what is there now. */
export const inconsistent = (token: ListToken): ListToken => ({ ...token, revision: INCONSISTENT });

const invalidToken = (why: string): ApiError => badRequest(`invalid continue token: continue key is not valid${why}`);

/** Throws: BadRequest for what is no token of ours. */
export const decodeToken = (text: string): ListToken => {
  const { v, rv, start } = parse(text);
  if (v !== VERSION) throw invalidToken(": server does not recognize this encoded version");
  if (!isRevision(rv)) throw invalidToken(`: incorrect encoded start resourceVersion (version ${VERSION})`);
  const cut = typeof start === "string" ? start.indexOf("/") : -1;
  if (typeof start !== "string" || cut < 0) throw invalidToken(`: encoded start key empty (version ${VERSION})`);
  return { revision: rv, after: { namespace: start.slice(0, cut), name: start.slice(cut + 1) } };
};

const isRevision = (value: unknown): value is number => Number.isSafeInteger(value) && value !== 0;

type Fields = { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown };

const parse = (text: string): Fields => {
  const bytes = bytesOf(text);
  try {
    const value = jsonOf(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    throw invalidToken(`: ${error.message}`);
  }
};

const GROUP = 4;

/** Throws: BadRequest at the byte where it is no base64. */
const bytesOf = (text: string): Uint8Array => {
  const strange = text.search(/[^\w-]/);
  const at = strange >= 0 ? strange : text.length % GROUP === 1 ? text.length - 1 : -1;
  if (at >= 0) throw invalidToken(`: illegal base64 data at input byte ${at}`);
  return Uint8Array.fromBase64(text, { alphabet: "base64url" });
};

const btoaUrl = (text: string): string => new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
