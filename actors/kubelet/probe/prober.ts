// WHEN containers are probed: every probe of the node is a key of one delay queue. upstream: pkg/kubelet/prober
//
// B1 one question of a probe is under way at a time. B2 liveness and readiness are asked only after startup has passed.
// B3 a probe that has condemned its container asks no more: the next container begins anew.
import type { V1Probe } from "#api/generated/types.ts";
import type { Clock } from "#lib/clock.ts";
import { DelayQueue } from "#lib/delay-queue.ts";
import type { Happening } from "#lib/event-recorder.ts";
import { fieldPathOf, type BoundPod } from "../pod/containers.ts";
import type { ProbeKind } from "../pod/facts.ts";
import type { ProbeTarget } from "../pod/services.ts";
import { probeAsk, urlOf, type Ask } from "./ask.ts";
import { delayMs, extend, verdictOf, type Run } from "./count.ts";
import { ProbeCounts, type ProbeCount } from "./counts.ts";
import type { ProbeIo } from "./io.ts";

export type ProberPorts = {
  readonly clock: Clock;
  readonly io: ProbeIo;
  readonly record: (pod: BoundPod, happening: Happening) => void;
  /** The User-Agent of requests. */
  readonly agent: string;
};

type OnVerdict = (probe: ProbeKind, passes: boolean) => void;

type Probing = {
  readonly kind: ProbeKind;
  readonly spec: V1Probe;
  readonly target: ProbeTarget;
  readonly onVerdict: OnVerdict;
  readonly stopped: AbortController;
  run: Run | undefined;
  everPassed: boolean;
  asked: number;
};

/** What came of a question; `output` is shown. */
type Answer = { readonly answer: "passes" | "fails" | "unknown"; readonly output: string };

const WORDS: Readonly<Record<ProbeKind, string>> = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" };
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The probes of one node. */
export class Prober {
  readonly #ports: ProberPorts;
  readonly #due: DelayQueue<Probing>;
  readonly #counts = new ProbeCounts();

  constructor(ports: ProberPorts) {
    this.#ports = ports;
    this.#due = new DelayQueue(ports.clock, (probing) => void this.#probe(probing));
  }

  /** Probes a running container until the answer is called; tells every verdict. */
  watch(target: ProbeTarget, onVerdict: OnVerdict): () => void {
    const stopped = new AbortController();
    const { startupProbe } = target.container.spec;
    if (startupProbe === undefined) this.#begin(["liveness", "readiness"], target, onVerdict, stopped);
    else this.#begin(["startup"], target, onVerdict, stopped);
    return () => {
      stopped.abort(new Error("the container is no longer probed"));
      this.#counts.forget(target.pod.metadata.uid, target.container.spec.name);
    };
  }

  /** How often each probe of a container that runs was answered, and how. */
  counts(): readonly ProbeCount[] {
    return this.#counts.all();
  }

  #begin(kinds: readonly ProbeKind[], target: ProbeTarget, onVerdict: OnVerdict, stopped: AbortController): void {
    const { startupProbe, livenessProbe, readinessProbe } = target.container.spec;
    const specs = { startup: startupProbe, liveness: livenessProbe, readiness: readinessProbe };
    for (const kind of kinds) {
      const spec = specs[kind];
      if (spec === undefined) continue;
      const probing = { kind, spec, target, onVerdict, stopped, run: undefined, everPassed: false, asked: 0 };
      this.#schedule(probing, target.startedAt + (spec.initialDelaySeconds ?? 0) * 1000);
    }
  }

  #schedule(probing: Probing, at: number): void {
    this.#due.set(probing, at);
    probing.stopped.signal.addEventListener("abort", () => this.#due.delete(probing), { once: true });
  }

  async #probe(probing: Probing): Promise<void> {
    const { kind, spec, target, stopped } = probing;
    const asked = this.#ports.clock.now();
    const answer = await this.#ask(probing);
    if (stopped.signal.aborted) return;
    probing.asked += 1;
    this.#counts.count(target, kind, answer.answer);
    this.#tell(probing, answer);
    if (answer.answer !== "unknown" && this.#count(probing, answer.answer === "passes")) return;
    this.#due.set(probing, asked + delayMs(kind, spec, probing.everPassed, probing.asked));
  }

  /** True when the probe has nothing more to ask. */
  #count(probing: Probing, passes: boolean): boolean {
    const { kind, spec, target, onVerdict, stopped } = probing;
    probing.run = extend(probing.run, passes);
    const verdict = verdictOf(probing.run, spec);
    if (verdict === undefined) return false;
    probing.everPassed ||= verdict;
    onVerdict(kind, verdict);
    if (kind === "startup" && verdict) this.#begin(["liveness", "readiness"], target, onVerdict, stopped);
    return kind === "startup" || (kind === "liveness" && !verdict);
  }

  #tell({ kind, target }: Probing, { answer, output }: Answer): void {
    if (answer === "passes") return;
    const how = answer === "fails" ? "failed" : "errored and resulted in unknown state";
    const message = `${WORDS[kind]} probe ${how}: ${output}`;
    this.#ports.record(target.pod, { type: "Warning", reason: "Unhealthy", message, fieldPath: fieldPathOf(target.container) });
  }

  async #ask({ spec, target, stopped }: Probing): Promise<Answer> {
    const { clock, agent } = this.#ports;
    const ask = probeAsk(spec, target.container.spec, target.ip, agent);
    if (ask.ask === "nothing") return { answer: "unknown", output: ask.why };
    const late = new AbortController();
    const timer = clock.setTimeout(() => late.abort(new Error("timeout")), (spec.timeoutSeconds ?? 1) * 1000);
    try {
      return await this.#answer(ask, AbortSignal.any([stopped.signal, late.signal]));
    } catch (error) {
      return { answer: "fails", output: late.signal.aborted ? lateText(ask) : textOf(error) };
    } finally {
      clock.clearTimeout(timer);
    }
  }

  async #answer(ask: Exclude<Ask, { ask: "nothing" }>, signal: AbortSignal): Promise<Answer> {
    const { io } = this.#ports;
    if (ask.ask === "http") {
      const { status } = await io.http(ask.request, signal);
      if (status >= 200 && status < 400) return { answer: "passes", output: "" };
      return { answer: "fails", output: `HTTP probe failed with statuscode: ${status}` };
    }
    if (ask.ask === "tcp") {
      await io.tcp(ask.host, ask.port, signal);
      return { answer: "passes", output: "" };
    }
    const health = await io.grpc(ask.host, ask.port, ask.service, signal);
    if (health === "SERVING") return { answer: "passes", output: "" };
    return { answer: "fails", output: `service unhealthy (responded with "${health}")` };
  }
}

const lateText = (ask: Ask): string => {
  if (ask.ask === "http") return `Get "${urlOf(ask.request)}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  return ask.ask === "tcp" ? `dial tcp ${ask.host}:${ask.port}: i/o timeout` : "timeout: health rpc did not complete within 1s";
};
