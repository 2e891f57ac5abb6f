// A document that is made once, when it is first asked for, and that clients keep by its tag.
import { createHash } from "node:crypto";
import type { ApiResponse } from "#lib/api.ts";
import type { PathRequest } from "../https/path-handler.ts";
import type { Scheme } from "../scheme.ts";

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

/** Makes each document at most once, by its key, as long as the kinds that are served stay the same. */
export const documents = (scheme: Scheme): ((key: string, make: () => Document) => Document) => {
  const made = new Map<string, Document>();
  scheme.onChange(() => made.clear());
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
