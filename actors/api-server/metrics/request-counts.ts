// Counts requests. Hot: a request costs two look-ups; names and text are made when somebody scrapes.
import type { Clock } from "#lib/clock.ts";
import type { Family, Sample } from "#lib/metrics.ts";
import type { Scheme } from "../scheme.ts";
import { Histogram, histogram } from "./histogram.ts";
import type { Counted, RequestMetrics } from "./request-metrics.ts";

/** upstream: apiserver/pkg/endpoints/metrics requestLatencies, responseSizes */
const SECONDS = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const BYTES = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

const VERBS = {
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
};

type Labels = Sample["labels"];

type Series = {
  readonly labels: Labels;
  readonly codes: Map<number, number>;
  readonly durations: Histogram;
  readonly sizes: Histogram;
  running: number;
};

/** The counts of one server. */
export class RequestCounts implements RequestMetrics {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();
  readonly #inFlight = { readOnly: 0, mutating: 0 };
  readonly #scheme: Scheme;

  constructor(scheme: Scheme, clock: Clock) {
    this.#scheme = scheme;
    this.#clock = clock;
  }

  begin(request: Counted, isLong: boolean): (code: number, sentBytes: number) => void {
    const series = this.#of(request);
    const startedAt = this.#clock.now();
    const side = request.verb === "get" || request.verb === "list" || request.verb === "watch" ? "readOnly" : "mutating";
    if (isLong) series.running++;
    else this.#inFlight[side]++;
    return (code, sentBytes) => {
      if (isLong) series.running--;
      else this.#inFlight[side]--;
      series.codes.set(code, (series.codes.get(code) ?? 0) + 1);
      if (isLong) return;
      series.durations.observe((this.#clock.now() - startedAt) / 1000);
      series.sizes.observe(sentBytes);
    };
  }

  /** The families under upstream's names. */
  families(): readonly Family[] {
    const all = [...this.#series.values()];
    return [
      {
        name: "apiserver_request_total",
        help: "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
        type: "counter",
        values: all.flatMap(({ labels, codes }) => [...codes].map(([code, value]) => ({ labels: { ...labels, code }, value }))),
      },
      histogram(
        "apiserver_request_duration_seconds",
        "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
        all.map(({ labels, durations }) => [labels, durations]),
      ),
      histogram(
        "apiserver_response_sizes",
        "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.",
        all.map(({ labels, sizes }) => [labels, sizes]),
      ),
      {
        name: "apiserver_current_inflight_requests",
        help: "Maximal number of currently used inflight request limit of this apiserver per request kind in last second.",
        type: "gauge",
        values: Object.entries(this.#inFlight).map(([kind, value]) => ({ labels: { request_kind: kind }, value })),
      },
      {
        name: "apiserver_longrunning_requests",
        help: "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.",
        type: "gauge",
        values: all
          .filter(({ labels }) => labels["verb"] === "WATCH" || labels["subresource"] === "log")
          .map(({ labels, running }) => ({ labels, value: running })),
      },
    ];
  }

  /** What is not served is counted as one, or anybody could make series without end. */
  #of(request: Counted): Series {
    const { verb, namespace, name } = request;
    const scope = name !== undefined ? "resource" : namespace !== undefined ? "namespace" : "cluster";
    const { group, version, resource, subresource = "" } = this.#isServed(request) ? request : NOT_SERVED;
    const key = `${verb} ${group}/${version}/${resource}/${subresource} ${scope}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const labels = { verb: VERBS[verb], group, version, resource, subresource, scope, component: "apiserver" };
      series = { labels, codes: new Map(), durations: new Histogram(SECONDS), sizes: new Histogram(BYTES), running: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  #isServed({ subresource = "", ...place }: Counted): boolean {
    const kind = this.#scheme.find(place);
    return kind !== undefined && (subresource === "" || subresource === "status" || Object.hasOwn(kind.subresources, subresource));
  }
}

const NOT_SERVED = { group: "", version: "", resource: "", subresource: "" };
