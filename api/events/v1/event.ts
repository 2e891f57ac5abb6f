import type { EventsV1Event } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type EventsEvent = EventsV1Event;

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
  status: false,
  subresources: {},
  strategy: { generation: false },
};
