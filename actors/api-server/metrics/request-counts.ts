// Counts requests. Hot: a request costs two look-ups; names and text are made when somebody scrapes.
import type { Kind, Subresource } from "#api/kind.ts";
import type { Clock } from "#lib/clock.ts";
import { isApply } from "../pipeline/apply-call.ts";
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

/** A verb as upstream's metrics say it. upstream: endpoints/metrics cleanVerb */
const verbOf = ({ verb, contentType }: Counted, { connects = false }: Pick<Subresource, "connects"> = {}): string => {
  if (connects) return "CONNECT";
  return isApply({ request: { verb, ...(contentType === undefined ? {} : { contentType }) } }) ? "APPLY" : VERBS[verb];
};

const scopeOf = ({ namespace, name }: Counted): string =>
  name !== undefined ? "resource" : namespace !== undefined ? "namespace" : "cluster";

const dryRunOf = ({ options }: Counted): string => (options?.dryRun?.includes("All") === true ? "All" : "");

type Series = {
  readonly labels: Labels;
  readonly codes: Map<number, number>;
  readonly durations: Histogram;
  readonly sizes: Histogram;
  /** Clients should not ask for it any more. */
  readonly isDeprecated: boolean;
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
        values: all.flatMap(({ labels, codes }) => Array.from(codes, ([code, value]) => ({ labels: { ...labels, code }, value }))),
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
        name: "apiserver_requested_deprecated_apis",
        help: "Gauge of deprecated APIs that have been requested, broken out by API group, version, resource, subresource, and removed_release.",
        type: "gauge",
        values: deprecatedIn(all),
      },
      {
        name: "apiserver_longrunning_requests",
        help: "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.",
        type: "gauge",
        values: all
          .filter(({ labels }) => labels["verb"] === "WATCH" || labels["verb"] === "CONNECT" || labels["subresource"] === "log")
          .map(({ labels, running }) => ({ labels, value: running })),
      },
    ];
  }

  /** What is not served is counted as one, or anybody could make series without end. */
  #of(request: Counted): Series {
    const scope = scopeOf(request);
    const dryRun = dryRunOf(request);
    const kind = this.#served(request);
    const { group, version, resource, subresource = "" } = kind === undefined ? NOT_SERVED : request;
    const verb = verbOf(request, kind?.subresources[subresource]);
    const key = `${verb}${dryRun} ${group}/${version}/${resource}/${subresource} ${scope}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      const labels = { verb, dry_run: dryRun, group, version, resource, subresource, scope, component: "apiserver" };
      series = newSeries(labels, kind?.deprecation !== undefined);
      this.#series.set(key, series);
    }
    return series;
  }

  #served({ subresource = "", ...place }: Counted): Kind | undefined {
    const kind = this.#scheme.find(place);
    if (kind === undefined || subresource === "" || subresource === "status") return kind;
    return Object.hasOwn(kind.subresources, subresource) ? kind : undefined;
  }
}

const newSeries = (labels: Labels, isDeprecated: boolean): Series => ({
  labels,
  isDeprecated,
  codes: new Map(),
  durations: new Histogram(SECONDS),
  sizes: new Histogram(BYTES),
  running: 0,
});

/** Each deprecated resource once, however it was asked for. */
const deprecatedIn = (all: readonly Series[]): readonly Sample[] => {
  const asked = all.filter(({ isDeprecated }) => isDeprecated).map(({ labels }) => labels);
  const each = asked.map(({ group = "", version = "", resource = "", subresource = "" }) => ({ group, version, resource, subresource }));
  return [...new Map(each.map((labels) => [Object.values(labels).join("/"), labels])).values()].map((labels) => ({
    labels: { ...labels, removed_release: "" },
    value: 1,
  }));
};

const NOT_SERVED = { group: "", version: "", resource: "", subresource: "" };
