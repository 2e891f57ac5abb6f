import { eventColumns } from "#api/core/v1/event-columns.ts";
import { checkEventUpdate, checkNewEvent } from "#api/core/v1/event-validate.ts";
import { events } from "#api/core/v1/event.ts";
import type { CoreV1Event, EventsV1Event } from "#api/generated/types.ts";
import { storedVerbs, type Column, type Kind } from "#api/kind.ts";
import { selectable } from "#api/meta/fields.ts";
import type { KubeObject } from "#api/meta/object.ts";

export type EventsEvent = EventsV1Event;

/** The fields that the two kinds name differently: here, and in the core Event. upstream: pkg/apis/events/v1/conversion.go */
const NAMES = [
  ["note", "message"],
  ["regarding", "involvedObject"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
] as const;

const renamed = (object: object, apiVersion: string, names: ReadonlyMap<string, string>): object => ({
  ...Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value as unknown])),
  apiVersion,
  kind: "Event",
});

const toCore = new Map<string, string>(NAMES);
const fromCore = new Map<string, string>(NAMES.map(([own, core]) => [core, own]));

/** The core Event that keeps this event. */
export const coreEventOf = (event: EventsEvent): CoreV1Event => {
  const core = renamed(event, "v1", toCore) as Partial<CoreV1Event>;
  return { ...core, metadata: core.metadata ?? {}, involvedObject: core.involvedObject ?? {} };
};

/** The event that a core Event is here. */
export const eventOfCore = (event: KubeObject): EventsEvent => renamed(event, "events.k8s.io/v1", fromCore) as EventsEvent;

const viewed = (column: Column<CoreV1Event>): Column<EventsEvent> => ({
  ...column,
  value: (event, nowMs) => column.value(coreEventOf(event), nowMs),
});

/** Events as events.k8s.io/v1 shows them; the core Event is what is kept. */
export const eventsV1: Kind<EventsEvent> = {
  group: "events.k8s.io",
  version: "v1",
  resource: "events",
  kind: "Event",
  namespaced: true,
  singular: "event",
  listKind: "EventList",
  shortNames: ["ev"],
  categories: [],
  verbs: storedVerbs,
  model: "EventsV1Event",
  bucket: "events",
  storedAs: { resource: events, toStored: coreEventOf, fromStored: eventOfCore },
  status: false,
  subresources: {},
  fields: selectable({
    "regarding.kind": "",
    "regarding.namespace": "",
    "regarding.name": "",
    "regarding.uid": "",
    "regarding.apiVersion": "",
    "regarding.resourceVersion": "",
    "regarding.fieldPath": "",
    reason: "",
    reportingController: "",
    type: "",
  }),
  columns: eventColumns.map(viewed),
  validate: (event, old) => [
    ...(old === undefined ? checkNewEvent(coreEventOf(event)) : checkEventUpdate(coreEventOf(event), coreEventOf(old))),
  ],
  strategy: { generation: false, allowCreateOnUpdate: true },
};
