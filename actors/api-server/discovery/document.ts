// A document that is made once, when it is first asked for, and that clients keep by its tag.
import { createHash } from "node:crypto";
import type { ApiResponse } from "#lib/api.ts";
import type { PathRequest } from "../https/path-handler.ts";

/** A document and its tag. */
export type Document = { readonly contentType: string; readonly body: Uint8Array; readonly etag: string };

const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** A JSON document of this media type. */
export const documentOf = (value: unknown, contentType = "application/json"): Document =>
  documentOfBytes(encoder.encode(JSON.stringify(value)), contentType);

/** A document that is written already. */
export const documentOfBytes = (body: Uint8Array, contentType: string): Document => ({
  contentType,
  body,
  etag: `"${createHash("sha256").update(body).digest("hex").toUpperCase()}"`,
});

/** Whatever documents are made of. */
export interface Changing {
  /** Calls `changed` after every change. */
  onChange(changed: () => void): void;
}

/** The document of a key, made when there is none. */
export type Documents = (key: string, make: () => Document) => Document;

/** Makes each document at most once, as long as what they are made of stays the same. */
export const documents = (...sources: readonly Changing[]): Documents => {
  const made = new Map<string, Document>();
  for (const source of sources) source.onChange(() => made.clear());
  return (key, make) => {
    const document = made.get(key) ?? make();
    made.set(key, document);
    return document;
  };
};

/** The document, or 304 when the client has it. upstream: endpoints/discovery/aggregated/etag.go */
export const documentAnswer = ({ contentType, body, etag }: Document, { header }: Pick<PathRequest, "header">): ApiResponse => {
  const headers = { ETag: etag, Vary: "Accept", "Cache-Control": "public" };
  return header("if-none-match") === etag ? { code: 304, contentType, body: NOTHING, headers } : { code: 200, contentType, body, headers };
};

/** The same answer, which a client that asked for it by its hash need never ask for again. */
export const kept = (answer: ApiResponse): ApiResponse => ({
  ...answer,
  headers: { ...answer.headers, "Cache-Control": "public, max-age=31536000, immutable" },
});
