import type { CoreV1Event } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type Event = CoreV1Event;

/** Events: what happened to an object, kept for an hour. */
export const events: Kind<Event> = {
  group: "",
  version: "v1",
  resource: "events",
  kind: "Event",
  namespaced: true,
  singular: "event",
  listKind: "EventList",
  shortNames: ["ev"],
  categories: [],
  verbs: storedVerbs,
  model: "CoreV1Event",
  bucket: "events",
  status: false,
  subresources: {},
  strategy: { generation: false },
};
