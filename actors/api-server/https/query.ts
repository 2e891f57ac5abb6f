// Query options, typed as upstream's conversions type them. What an option means is the core's to judge.
// upstream: apimachinery/pkg/runtime/conversion.go
import { parseDuration } from "#api/cel/library/time-text.ts";
import { badRequest } from "#api/meta/status.ts";
import type { RequestOptions } from "#lib/api.ts";

const INTEGERS = new Set(["limit", "timeoutSeconds", "gracePeriodSeconds", "tailLines", "limitBytes", "sinceSeconds"]);
const BOOLEANS = new Set([
  "allowWatchBookmarks",
  "sendInitialEvents",
  "force",
  "orphanDependents",
  "follow",
  "previous",
  "timestamps",
  "stdin",
  "stdout",
  "stderr",
  "tty",
  "insecureSkipTLSVerifyBackend",
  "ignoreStoreReadErrorWithClusterBreakingPotential",
]);
const LISTS = new Set(["dryRun", "command", "ports"]);
/** Said by other means: the verb, the answer's form, the client's patience. */
const NOT_OPTIONS = new Set(["watch", "pretty", "timeout"]);

/** Absence, `false` and `0` are false; all else, even nothing, is true. upstream: Convert_Slice_string_To_bool */
export const isTrue = (value: string | null): boolean => value !== null && value !== "0" && value.toLowerCase() !== "false";

/** The options of a query. Throws: BadRequest for a number that is none. */
export const optionsOf = (query: URLSearchParams): RequestOptions | undefined => {
  if (query.size === 0) return undefined;
  const options: Record<string, unknown> = {};
  for (const [key, value] of query) {
    if (NOT_OPTIONS.has(key) || (Object.hasOwn(options, key) && !LISTS.has(key))) continue;
    options[key] = typed(key, value, options[key]);
  }
  return options;
};

const typed = (key: string, value: string, present: unknown): unknown => {
  if (LISTS.has(key)) return [...((present as string[] | undefined) ?? []), value];
  if (BOOLEANS.has(key)) return isTrue(value);
  return INTEGERS.has(key) ? integer(value) : value;
};

/** upstream: apiserver/pkg/server/config.go RequestTimeout */
const MAX_TIMEOUT_MS = 60_000;

/** How long the client waits for its answer, in milliseconds; undefined: as long as it takes. Throws: BadRequest. */
export const timeoutMsOf = (query: URLSearchParams): number | undefined => {
  const text = query.get("timeout") ?? "";
  if (text === "") return undefined;
  const nanos = parseDuration(text);
  if (nanos === undefined) {
    throw badRequest(`invalid timeout specified in the request URL - time: invalid duration ${JSON.stringify(text)}`);
  }
  return nanos <= 0n ? undefined : Math.min(MAX_TIMEOUT_MS, Math.ceil(Number(nanos) / 1e6));
};

const MAX = 2n ** 63n;

const integer = (value: string): number => {
  const quoted = JSON.stringify(value);
  if (!/^[+-]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${quoted}: invalid syntax`);
  const parsed = BigInt(value.replace(/^\+/, ""));
  if (parsed >= MAX || parsed < -MAX) throw badRequest(`strconv.ParseInt: parsing ${quoted}: value out of range`);
  return Number(parsed);
};
