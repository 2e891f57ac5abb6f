// How an answer's bytes go out: indented for people, compressed when large, with the headers that say so.
import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { ApiResponse } from "#lib/api.ts";

/** What the client said of how it reads. `pretty` is the query's option. */
export type Reader = { readonly header: (name: string) => string | undefined; readonly pretty: string | null };

type Headers = { [name: string]: string | number | readonly string[] };

/** upstream: responsewriters defaultGzipThresholdBytes, defaultGzipContentEncodingLevel */
const GZIP_FROM_BYTES = 128 * 1024;
const GZIP_OPTIONS = { level: constants.Z_BEST_SPEED };

const compress = promisify<Uint8Array, typeof GZIP_OPTIONS, Buffer>(gzip);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The headers and body to send. No body: the code allows none. */
export const encoded = async (
  { code, contentType, body, warnings = [], headers: own }: ApiResponse,
  reader: Reader,
): Promise<{ readonly headers: Headers; readonly body: Uint8Array | undefined }> => {
  const headers: Headers = { ...own };
  if (warnings.length > 0) headers["Warning"] = warnings.map(warningHeader);
  if (code === 304 || code === 204) return { headers, body: undefined };
  headers["Content-Type"] = contentType;
  const shown = isPretty(contentType, reader) ? indented(body) : body;
  const sent = isZipped(shown, reader) ? await (own?.["ETag"] === undefined ? zip(shown) : zippedOnce(shown)) : shown;
  if (sent !== shown) Object.assign(headers, { "Content-Encoding": "gzip", Vary: "Accept-Encoding" });
  headers["Content-Length"] = sent.length;
  return { headers, body: sent };
};

const zip = (body: Uint8Array): Promise<Uint8Array> => compress(body, GZIP_OPTIONS);

/** Documents, which have a tag and are kept, with their compressed form. */
const zipped = new WeakMap<Uint8Array, Promise<Uint8Array>>();

const zippedOnce = (body: Uint8Array): Promise<Uint8Array> => {
  const present = zipped.get(body) ?? zip(body);
  zipped.set(body, present);
  return present;
};

const isZipped = (body: Uint8Array, { header }: Reader): boolean =>
  body.length > GZIP_FROM_BYTES && /\bgzip\b/.test(header("accept-encoding") ?? "");

/** Asked for, or a person is reading. upstream: responsewriters isPrettyPrint */
const isPretty = (contentType: string, { header, pretty }: Reader): boolean => {
  if (contentType !== "application/json") return false;
  if (pretty !== null) return pretty !== "0" && pretty !== "false";
  return /^(curl|Wget|Mozilla\/5\.0)/.test(header("user-agent") ?? "");
};

const indented = (body: Uint8Array): Uint8Array => encoder.encode(`${JSON.stringify(JSON.parse(decoder.decode(body)), null, 2)}\n`);

/** A header is bytes to Node, and text in UTF-8 to its readers. upstream: apimachinery/pkg/util/net NewWarningHeader */
const warningHeader = (text: string): string => {
  const escaped = text
    .replaceAll(/\p{Cc}/gu, " ")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"');
  return `299 - "${Buffer.from(escaped).toString("latin1")}"`;
};
