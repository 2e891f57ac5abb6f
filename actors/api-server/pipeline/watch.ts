// watch: the state or the changes that the client missed, then every change, until either side ends it.
import { forbiddenField, invalidValue, notSupported } from "#api/meta/field-error.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { invalid, type FieldError } from "#api/meta/status.ts";
import type { RequestOptions, StreamSink } from "#lib/api.ts";
import type { Kind } from "#api/kind.ts";
import { plainView, type View } from "../cache/change-event.ts";
import type { Selection } from "../cache/selection.ts";
import type { Served } from "../cache/caches.ts";
import { Watcher } from "../cache/watcher.ts";
import type { Call, Core } from "../core.ts";
import { ConvertingSink } from "./converting-sink.ts";
import { parseRevision } from "./list-options.ts";
import { reach, scopeOf, tooOld } from "./read.ts";
import { servedOf } from "./storage.ts";

/** A watch without a timeout of its own ends after 30 to 60 minutes. upstream: min-request-timeout */
const MIN_TIMEOUT_SECONDS = 1_800;

/** Begins the watch; its end is the sink's. Throws: BadRequest, Invalid, Expired. */
export const watch = async (core: Core, call: Call, { view, sink }: { readonly view: View; readonly sink: StreamSink }): Promise<void> => {
  requireConsistent(call.options);
  const served = servedOf(core, call);
  const selection = scopeOf(served, call);
  const revision = parseRevision(call.options.resourceVersion);
  await reach(core, call, revision);
  if (call.signal.aborted) return;
  const watcher = new Watcher({
    ...seenThrough(served.kind, { selection, view, sink }),
    bookmarks: call.options.allowWatchBookmarks === true,
    bookmark: (at, isEnd) => bookmarkOf(served, at, isEnd),
    maxWaiting: core.ports.config.maxWaitingEvents,
  });
  endInTime(core, call, watcher);
  if (begin(served, call, watcher)) return;
  sink.opened?.(); // what fails from here on is told as an event. upstream: storage/cacher.go newErrWatcher
  watcher.end(tooOld(revision, served));
};

type Sight = { readonly selection: Selection; readonly view: View; readonly sink: StreamSink };

/** What a watcher of this kind looks at: itself, or stored objects that are converted on their way. */
const seenThrough = (kind: Kind, { selection, view, sink }: Sight): Sight => {
  if (kind.storedAs?.ready === undefined) return { selection, view, sink };
  const { terms } = selection;
  return { selection: { ...selection, terms: [] }, view: plainView, sink: new ConvertingSink({ kind, view, sink, terms }) };
};

/** False: the revision is too old to begin at. */
const begin = (served: Served, { options }: Call, watcher: Watcher): boolean => {
  const { cache, bucket } = served;
  const revision = parseRevision(options.resourceVersion);
  const wantsState = options.sendInitialEvents ?? revision === 0;
  if (!wantsState) return cache.watchSince(watcher, revision === 0 ? bucket.revision : revision);
  const isMarked = options.sendInitialEvents === true && options.allowWatchBookmarks === true;
  cache.watchNow(watcher, isMarked ? bookmarkOf(served, bucket.revision, true) : undefined);
  return true;
};

/** What a timer can count to: 24 days. */
const LONGEST_MS = 2 ** 31 - 1;

const endInTime = ({ ports: { clock, random } }: Core, { options, signal }: Call, watcher: Watcher): void => {
  const seconds = options.timeoutSeconds || Math.floor(MIN_TIMEOUT_SECONDS * (1 + random.next()));
  const timer = clock.setTimeout(() => watcher.end(), Math.min(seconds * 1000, LONGEST_MS));
  const leave = (): void => watcher.end();
  signal.addEventListener("abort", leave, { once: true });
  watcher.ended.addEventListener("abort", () => {
    clock.clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  });
};

const NOT_OLDER = "NotOlderThan";

/** upstream: internalversion/validation ValidateListOptions, for watches */
const requireConsistent = (options: RequestOptions): void => {
  const errors = [...matchErrors(options)];
  if ((options.timeoutSeconds ?? 0) < 0) errors.push(invalidValue("timeoutSeconds", options.timeoutSeconds, "must be non-negative"));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions", name: "" }, errors);
};

const MATCH = "resourceVersionMatch";

function* matchErrors({ sendInitialEvents, resourceVersionMatch: match, continue: token = "" }: RequestOptions): Generator<FieldError> {
  if (sendInitialEvents !== undefined && match !== NOT_OLDER) {
    yield forbiddenField(MATCH, `sendInitialEvents requires setting resourceVersionMatch to ${NOT_OLDER}`);
  }
  if (match === undefined) return;
  if (sendInitialEvents === undefined) {
    yield forbiddenField(MATCH, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  }
  if (match !== NOT_OLDER) yield notSupported(MATCH, match, [NOT_OLDER]);
  if (token !== "") yield forbiddenField(MATCH, "resourceVersionMatch is forbidden when continue is provided");
}

const encoder = new TextEncoder();

/** The object of a bookmark: nothing but how far the watch has come. */
const bookmarkOf = ({ kind }: Served, revision: number, isEnd: boolean): Uint8Array => {
  const annotations = isEnd ? { annotations: { "k8s.io/initial-events-end": "true" } } : {};
  const metadata = { resourceVersion: String(revision), ...annotations };
  return encoder.encode(JSON.stringify({ kind: kind.kind, apiVersion: apiVersionOf(kind), metadata }));
};
