// How `kubectl get events` shows an event. upstream: pkg/printers/internalversion/printers.go (printEvent)
import type { CoreV1Event } from "#api/generated/types.ts";
import type { Column } from "#api/kind.ts";
import { translateTimestampSince } from "#api/meta/age.ts";
import { isEmpty } from "#api/meta/check.ts";
import { column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";

const firstSeen = ({ firstTimestamp, eventTime }: CoreV1Event, nowMs: number): string =>
  translateTimestampSince(firstTimestamp ?? eventTime, nowMs);

const lastSeen = (event: CoreV1Event, nowMs: number): string => {
  if (event.series !== undefined) return translateTimestampSince(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp === undefined ? firstSeen(event, nowMs) : translateTimestampSince(event.lastTimestamp, nowMs);
};

const objectText = ({ involvedObject }: CoreV1Event): string => {
  const { kind = "", name } = involvedObject ?? {};
  return isEmpty(name) ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
};

const sourceText = ({ source, reportingComponent, reportingInstance }: CoreV1Event): string => {
  const [component, instance] = [source?.component || reportingComponent || "", source?.host || reportingInstance || ""];
  return instance === "" ? component : `${component}, ${instance}`;
};

const count = ({ series, count: own }: CoreV1Event): number => series?.count ?? (own || 1);

const SOURCE = "The component reporting this event. Should be a short machine understandable string.";

const doc = (field: string): string => docOf("CoreV1Event", field);

/** The columns of events. */
export const eventColumns: readonly Column<CoreV1Event>[] = [
  column("Last Seen", "string", doc("lastTimestamp"), lastSeen),
  column("Type", "string", doc("type"), ({ type }) => type ?? ""),
  column("Reason", "string", doc("reason"), ({ reason }) => reason ?? ""),
  column("Object", "string", "The object that this event is about.", objectText),
  wideColumn("Subobject", "string", docOf("V1ObjectReference", "fieldPath"), ({ involvedObject }) => involvedObject?.fieldPath ?? ""),
  wideColumn("Source", "string", SOURCE, sourceText),
  column("Message", "string", doc("message"), ({ message = "" }) => message.trim()),
  wideColumn("First Seen", "string", doc("firstTimestamp"), firstSeen),
  wideColumn("Count", "string", doc("count"), count),
  { ...nameColumn, priority: 1 },
];
