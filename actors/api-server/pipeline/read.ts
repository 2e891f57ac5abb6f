// get and list: from the caches, at the revision that the client asks for.
// upstream: apiserver/pkg/storage/cacher, https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
import { ApiError, badRequest, expired, failure } from "#api/meta/status.ts";
import type { Position } from "../cache/resource-cache.ts";
import type { Entry } from "../cache/entry.ts";
import { selectionOf, type Selection } from "../cache/selection.ts";
import type { Served } from "../cache/caches.ts";
import type { Call, Core } from "../core.ts";
import { decodeToken, encodeToken, inconsistent, isInconsistent, type ListToken } from "./continue-token.ts";
import { parseRevision, wantedOf } from "./list-options.ts";
import { readied } from "./ready.ts";
import { catchUp, current, servedOf } from "./storage.ts";

/** How long a read waits for a revision that is not here yet. upstream: cacher.blockTimeout */
const WAIT_MS = 3_000;

/** Objects and what their list says of them. */
export type Page = {
  readonly entries: readonly Entry[];
  readonly revision: number;
  readonly continueToken: string | undefined;
  readonly remaining: number | undefined;
};

/** One object. Throws: NotFound. */
export const get = async (core: Core, call: Call): Promise<Entry> => {
  await reach(core, call, parseRevision(call.options.resourceVersion));
  return current(core, call);
};

/** Waits until the cache is not older than `revision`; 0 is the present. Throws: Timeout when it stays older. */
export const reach = async (core: Core, call: Call, revision: number): Promise<void> => {
  if (revision === 0) {
    if (call.options.resourceVersion !== "0") await catchUp(core, call);
    return;
  }
  const { bucket } = servedOf(core, call);
  if (bucket.revision >= revision) return;
  const late = new AbortController();
  const timer = core.ports.clock.setTimeout(() => late.abort(tooLarge(revision, bucket.revision)), WAIT_MS);
  try {
    await bucket.waitFor(revision, AbortSignal.any([late.signal, call.signal]));
  } finally {
    core.ports.clock.clearTimeout(timer);
  }
};

/** upstream: storage.NewTooLargeResourceVersionError */
const tooLarge = (wanted: number, present: number): ApiError =>
  failure("Timeout", `Too large resource version: ${wanted}, current: ${present}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });

/** The selected objects, or a page of them. Throws: BadRequest, Invalid, Expired. */
export const list = async (core: Core, call: Call): Promise<Page> => {
  const served = servedOf(core, call);
  const selection = scopeOf(served, call);
  const { continue: token = "", limit = 0 } = call.options;
  const wanted = wantedOf(call.options);
  if (token !== "") {
    await catchUp(core, call);
    if (selection.terms.length > 0) await readied(call, served.cache.select({ ...selection, terms: [] }));
    return pageOf(selection, limit, resumed(served, selection, decodeToken(token)));
  }
  await reach(core, call, wanted.revision);
  if (selection.terms.length > 0) await readied(call, served.cache.select({ ...selection, terms: [] })); // they are the fields of what is served
  if (wanted.how === "atLeast")
    return pageOf(selection, limit, { entries: served.cache.select(selection), revision: served.bucket.revision });
  const entries = served.cache.selectAt(selection, wanted.revision);
  if (entries === undefined) throw tooOld(wanted.revision, served);
  return pageOf(selection, limit, { entries, revision: wanted.revision });
};

/** What the call selects. Throws: BadRequest. */
export const scopeOf = (served: Served, { namespace, name, options }: Call): Selection => {
  const { labelSelector, fieldSelector } = options;
  const selection = selectionOf(served.kind, { namespace: namespace === "" ? undefined : namespace, labelSelector, fieldSelector });
  return { ...selection, ...fieldsOf(served), ...(name === "" ? {} : { name }) };
};

const fieldsOf = ({ kind, stored, fromStored }: Served): Pick<Selection, "fieldsOf"> =>
  kind === stored ? {} : { fieldsOf: ({ object }) => kind.fields?.(fromStored(object)) ?? {} };

/** upstream: apierrors.NewResourceExpired in watch_cache.go */
export const tooOld = (revision: number, { cache }: Served): ApiError => expired(`too old resource version: ${revision} (${cache.floor})`);

type State = { readonly entries: Iterable<Entry>; readonly revision: number };

const resumed = (served: Served, selection: Selection, token: ListToken): State => {
  if (isInconsistent(token)) return { entries: served.cache.select(selection, token.after), revision: served.bucket.revision };
  if (token.revision > served.bucket.revision) throw badRequest("continue key is not valid: its resourceVersion has not been reached");
  const entries = served.cache.selectAt(selection, token.revision, token.after);
  if (entries === undefined) throw continueExpired(token);
  return { entries, revision: token.revision };
};

/** upstream: etcd3/errors.go handleCompactedErrorForPaging */
const continueExpired = (token: ListToken): ApiError => {
  const { status } = expired(
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, " +
      "or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an " +
      "inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
  );
  return new ApiError({ ...status, metadata: { continue: encodeToken(inconsistent(token)) } });
};

const pageOf = (selection: Selection, limit: number, { entries, revision }: State): Page => {
  if (limit <= 0) return { entries: [...entries], revision, continueToken: undefined, remaining: undefined };
  const page: Entry[] = [];
  let more = 0;
  for (const entry of entries) {
    if (page.length < limit) page.push(entry);
    else more++;
    if (more > 0 && !selection.plain) break; // how many match is not told, so need not be known
  }
  const last = page.at(-1);
  if (more === 0 || last === undefined) return { entries: page, revision, continueToken: undefined, remaining: undefined };
  const after: Position = { namespace: last.key.namespace, name: last.key.name };
  return { entries: page, revision, continueToken: encodeToken({ revision, after }), remaining: selection.plain ? more : undefined };
};
