// What webhooks answer, and how long they take. upstream: apiserver/pkg/admission/metrics/metrics.go
import type { Family } from "#lib/metrics.ts";
import { Counters, Histograms } from "../../metrics/labelled.ts";
import type { Operation } from "../operation.ts";

const SECONDS = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
/** Codes that no server should answer are counted as one. */
const MAX_CODE = 600;
const TRUNCATED = "Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.";

/** A webhook that is asked. `type` is upstream's, which is no phase's name. */
export type Asking = { readonly name: string; readonly type: "admit" | "validating"; readonly operation: Operation };

/** What came of it: the code of its answer, and why the request does not pass; undefined: it does. */
export type Outcome = {
  readonly tookMs: number;
  readonly code: number;
  readonly refusal: "no_error" | "calling_webhook_error" | "apiserver_internal_error" | undefined;
};

/** The counts of all webhooks. */
export class WebhookCounts {
  readonly #times = new Histograms(
    {
      name: "apiserver_admission_webhook_admission_duration_seconds",
      help: "Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).",
      labels: ["name", "type", "operation", "rejected"],
    },
    SECONDS,
  );
  readonly #rejections = new Counters({
    name: "apiserver_admission_webhook_rejection_count",
    help: `Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify an error type (calling_webhook_error or apiserver_internal_error if an error occurred; no_error otherwise) and optionally a non-zero rejection code if the webhook rejects the request with an HTTP status code (honored by the apiserver when the code is greater or equal to 400). ${TRUNCATED}`,
    labels: ["name", "type", "operation", "error_type", "rejection_code"],
  });
  readonly #failedOpen = new Counters({
    name: "apiserver_admission_webhook_fail_open_count",
    help: "Admission webhook fail open count, identified by name and broken out for each admission type (validating or mutating).",
    labels: ["name", "type"],
  });
  readonly #requests = new Counters({
    name: "apiserver_admission_webhook_request_total",
    help: `Admission webhook request total, identified by name and broken out for each admission type (validating or mutating) and operation. Additional labels specify whether the request was rejected or not and an HTTP status code. ${TRUNCATED}`,
    labels: ["name", "type", "operation", "code", "rejected"],
  });

  /** A webhook was asked. */
  asked(asking: Asking, { tookMs, code, refusal }: Outcome): void {
    const shown = Math.min(code, MAX_CODE);
    const rejected = String(refusal !== undefined);
    this.#times.of({ ...asking, rejected }).observe(tookMs / 1000);
    this.#requests.add({ ...asking, code: shown, rejected });
    if (refusal !== undefined) this.#rejections.add({ ...asking, error_type: refusal, rejection_code: shown });
  }

  /** A webhook could not be asked, and the request passes without. */
  failedOpen({ name, type }: Asking): void {
    this.#failedOpen.add({ name, type });
  }

  families(): readonly Family[] {
    return [this.#times, this.#rejections, this.#failedOpen, this.#requests].map((metric) => metric.family());
  }
}
