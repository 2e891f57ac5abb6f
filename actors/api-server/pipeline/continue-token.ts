// The token by which a client asks for the next page of a list. upstream: apiserver/pkg/storage/continue.go
import { badRequest } from "#api/meta/status.ts";
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

/** Throws: BadRequest for what is no token of ours. */
export const decodeToken = (text: string): ListToken => {
  const { v, rv, start } = parse(text);
  const cut = typeof start === "string" ? start.indexOf("/") : -1;
  if (v !== VERSION || typeof rv !== "number" || typeof start !== "string" || cut < 0) {
    throw badRequest("continue key is not valid: incorrect encoded start resourceVersion");
  }
  return { revision: rv, after: { namespace: start.slice(0, cut), name: start.slice(cut + 1) } };
};

const parse = (text: string): { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown } => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(text, { alphabet: "base64url" })));
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    throw Object.assign(badRequest(`continue key is not valid: ${error instanceof Error ? error.message : String(error)}`), {
      cause: error,
    });
  }
};

const btoaUrl = (text: string): string => new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
