import type { CoreV1Event } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { selectable } from "#api/meta/fields.ts";
import { eventColumns } from "./event-columns.ts";
import { checkEvent } from "./event-validate.ts";

export type Event = CoreV1Event;

const plainFields = selectable({
  "involvedObject.kind": "",
  "involvedObject.namespace": "",
  "involvedObject.name": "",
  "involvedObject.uid": "",
  "involvedObject.apiVersion": "",
  "involvedObject.resourceVersion": "",
  "involvedObject.fieldPath": "",
  reason: "",
  reportingComponent: "",
  type: "",
});

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
  fields: (event) => ({ ...plainFields(event), source: event.source?.component || event.reportingComponent || "" }),
  columns: eventColumns,
  validate: (event) => [...checkEvent(event)],
  strategy: { generation: false, allowCreateOnUpdate: true },
};
