// What is written down of one request while it goes on.
import { qualifiedName } from "#api/meta/names.ts";
import type { Decision } from "../authorizer.ts";
import { eventOf, type Answered, type Audited } from "./event.ts";
import { includes, type Level, type Stage } from "./policy.ts";

/** Told how a request goes on. */
export interface AuditTrail {
  /** What was decided about it. upstream: apiserver/pkg/endpoints/filters/authorization.go */
  decided(decision: Decision): void;
  /** Something worth keeping, when the level is at least `least`; the first of a key counts. upstream: audit.AddAuditAnnotation */
  annotate(key: string, value: () => string, least?: Level): void;
  /** A stream has begun. Default: with 200. */
  started(code?: number): void;
  done(answered: Answered): void;
  /** Whoever should have answered it has broken down. */
  panicked(error: unknown): void;
}

/** Of a request that no rule asks for nothing is kept. */
export const SILENT: AuditTrail = {
  decided: () => undefined,
  annotate: () => undefined,
  started: () => undefined,
  done: () => undefined,
  panicked: () => undefined,
};

/** `prefix/name`, both of them as in a label. */
const isKey = (key: string): boolean => key.includes("/") && qualifiedName(key).length === 0;

/** A request that takes longer says so. upstream: apiserver/pkg/endpoints/filters/audit.go writeLatencyToAnnotation */
const SLOW_MS = 500;

/** `1.5s`, `1m2.5s`, as Go writes durations. */
const secondsText = (ms: number): string => {
  const minutes = Math.floor(ms / 60_000);
  return `${minutes === 0 ? "" : `${minutes}m`}${(ms - minutes * 60_000) / 1000}s`;
};

/** Writes the events of one request. */
export class Trail implements AuditTrail {
  readonly #audited: Audited;
  readonly #write: (event: object) => void;
  readonly #now: () => number;
  readonly #annotations = new Map<string, string>();
  #isStream = false;

  constructor(audited: Audited, now: () => number, write: (event: object) => void) {
    this.#audited = audited;
    this.#now = now;
    this.#write = write;
  }

  /** The request has come. */
  received(): this {
    this.#event("RequestReceived");
    return this;
  }

  decided({ decision, reason }: Decision): void {
    this.annotate("authorization.k8s.io/decision", () => (decision === "allow" ? "allow" : "forbid"));
    this.annotate("authorization.k8s.io/reason", () => reason);
  }

  annotate(key: string, value: () => string, least: Level = "Metadata"): void {
    if (!includes(this.#audited.scope.level, least) || this.#annotations.has(key) || !isKey(key)) return;
    this.#annotations.set(key, value());
  }

  started(code = 200): void {
    this.#isStream = true;
    this.#event("ResponseStarted", { code });
  }

  /** Who shows bad credentials is answered before there is a request of anybody's. upstream: filters/authn_audit.go */
  refused(code: number, message: string): void {
    this.#event("ResponseStarted", { code, message });
  }

  done(answered: Answered): void {
    const tookMs = this.#now() - this.#audited.receivedAt;
    if (tookMs > SLOW_MS && !this.#isStream) this.annotate("apiserver.latency.k8s.io/total", () => secondsText(tookMs));
    this.#event("ResponseComplete", answered);
  }

  panicked(error: unknown): void {
    this.#event("Panic", { code: 500, status: "Failure", reason: "InternalError", message: `APIServer panic'd: ${String(error)}` });
  }

  #event(stage: Stage, answered?: Answered): void {
    if (this.#audited.scope.omitStages.includes(stage)) return;
    const annotations = this.#annotations.size === 0 ? undefined : Object.fromEntries(this.#annotations);
    this.#write(eventOf(this.#audited, stage, { now: this.#now(), answered, annotations }));
  }
}
