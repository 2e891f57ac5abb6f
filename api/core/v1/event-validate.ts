// What an event must be; stricter for those written as events.k8s.io/v1. upstream: pkg/apis/core/validation/events.go
import type { CoreV1Event } from "#api/generated/types.ts";
import { broken, immutable, isEmpty, needed, type Check } from "#api/meta/check.ts";
import { invalidValue, required } from "#api/meta/field-error.ts";
import { dns1123Subdomain, qualifiedName } from "#api/meta/names.ts";
import { semanticEqual } from "#api/meta/semantic-equal.ts";
import { utf8Bytes } from "#api/meta/size.ts";

const MAX_TEXT = 128;
const MAX_MESSAGE = 1024;
const MISMATCH = "does not match event.namespace";

function* checkLength(path: string, text: string | undefined, max: number): Check {
  if (utf8Bytes(text ?? "") > max) yield invalidValue(path, "", `can have at most ${max} characters`);
}

/** An event of the older kind is in its object's namespace; one about an object without a namespace is in `default`. */
function* checkOldNamespace(namespace: string, own: string): Check {
  const fits = own === "" ? namespace === "" || namespace === "default" : namespace === own;
  if (!fits) yield invalidValue("involvedObject.namespace", own, MISMATCH);
}

function* checkNewNamespace(namespace: string, own: string): Check {
  if (own === "" && namespace !== "default" && namespace !== "kube-system") yield invalidValue("involvedObject.namespace", own, MISMATCH);
}

function* checkReported(event: CoreV1Event): Check {
  yield* needed("reportingController", event.reportingComponent);
  yield* broken("reportingController", event.reportingComponent ?? "", qualifiedName(event.reportingComponent ?? ""));
  for (const field of ["reportingInstance", "action", "reason"] as const) {
    yield* needed(field, event[field]);
    yield* checkLength(field, event[field], MAX_TEXT);
  }
  yield* checkLength("message", event.message, MAX_MESSAGE);
}

/** What holds for every event, however it was written. */
export function* checkEvent(event: CoreV1Event): Check {
  const namespace = event.metadata?.namespace ?? "";
  const own = event.involvedObject?.namespace ?? "";
  if (isEmpty(event.eventTime)) yield* checkOldNamespace(namespace, own);
  else {
    yield* checkNewNamespace(namespace, own);
    yield* checkReported(event);
  }
  yield* broken("namespace", namespace, dns1123Subdomain(namespace));
}

function* checkSeries({ series }: CoreV1Event): Check {
  if (series === undefined) return;
  if ((series.count ?? 0) < 2) yield invalidValue("series.count", "", "should be at least 2");
  if (isEmpty(series.lastObservedTime)) yield required("series.lastObservedTime");
}

/** What an event written as events.k8s.io/v1 must be when it is new. */
export function* checkNewEvent(event: CoreV1Event): Check {
  yield* checkEvent(event);
  yield* checkSeries(event);
  yield* needed("eventTime", event.eventTime);
  if (event.type !== "Normal" && event.type !== "Warning") yield invalidValue("type", "", `has invalid value: ${event.type ?? ""}`);
  for (const field of ["firstTimestamp", "lastTimestamp", "count", "source"] as const) {
    if (!semanticEqual(event[field], undefined) && event[field] !== 0) yield invalidValue(field, "", "needs to be unset");
  }
}

const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
] as const;

/** What of an event may not change when it is written as events.k8s.io/v1: everything but its series. */
export function* checkEventUpdate(event: CoreV1Event, old: CoreV1Event): Check {
  yield* checkEvent(event);
  if (!semanticEqual(event.series, old.series)) yield* checkSeries(event);
  for (const field of FIXED) yield* immutable(field, event[field], old[field]);
  yield* immutable("reportingController", event.reportingComponent, old.reportingComponent);
  yield* immutable("reportingInstance", event.reportingInstance, old.reportingInstance);
}
