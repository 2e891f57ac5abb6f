// What is known of one container of a pod, and how each thing that happens changes it. The pod's decisions and its status
// are functions of these facts and of the API object; nothing else is remembered. Pure.
//
// F1 an end that is known is never forgotten by news of an older container. F2 `attempt` grows by one with each container
// that was created, and is the restart count.
import type { ResourceList } from "#api/core/v1/resource-list.ts";
import { lengthen, waitMs, type BackOff } from "./back-off.ts";

/** How a container ended. Instants in milliseconds since the epoch. */
export type Exit = {
  readonly containerId?: string | undefined;
  readonly exitCode: number;
  readonly reason: string;
  readonly message?: string | undefined;
  readonly startedAt?: number | undefined;
  readonly finishedAt: number;
};

/** Why a container does not run although it should. */
export type Waiting = { readonly reason: string; readonly message: string };

/** When it may start again, after what failed at `failedAt`; `as` is what the wait is then called. */
export type Retry = { readonly at: number; readonly failedAt: number; readonly as?: "CrashLoopBackOff" | "ImagePullBackOff" | undefined };

/** The wait after a failure that has no back-off of its own. upstream: pkg/kubelet/pod_workers.go backOffPeriod */
const RETRY_MS = 10_000;

export type ProbeKind = "startup" | "liveness" | "readiness";

export type ContainerFacts = {
  readonly state: "waiting" | "running" | "exited";
  /** What the kubelet is doing to it at the moment. */
  readonly task?: "starting" | "stopping" | undefined;
  /** The newest container in the runtime. */
  readonly id?: string | undefined;
  /** The image as the spec named it when the container was last started, and what it was. */
  readonly image?: string | undefined;
  readonly imageId?: string | undefined;
  /** The limits that hold from its start to its end. */
  readonly limits?: ResourceList | undefined;
  readonly attempt: number;
  readonly startedAt?: number | undefined;
  readonly started: boolean;
  readonly ready: boolean;
  /** The probe that wants it gone. */
  readonly unhealthy?: "startup" | "liveness" | undefined;
  readonly exit?: Exit | undefined;
  /** How the container before the newest ended. */
  readonly last?: Exit | undefined;
  readonly waiting?: Waiting | undefined;
  readonly retry?: Retry | undefined;
  readonly restartBackOff?: BackOff | undefined;
  readonly pullBackOff?: BackOff | undefined;
};

/** What can happen to a container. */
export type Fact =
  | { readonly fact: "starting"; readonly image: string; readonly limits?: ResourceList | undefined; readonly at: number }
  | { readonly fact: "created"; readonly id: string; readonly imageId: string }
  /** `probes`: which of these it must pass before it is started and ready. */
  | { readonly fact: "started"; readonly id: string; readonly at: number; readonly probes: readonly ProbeKind[] }
  /** `step`: what failed decides how long to wait. A container that could not run has also exited. */
  | { readonly fact: "startFailed"; readonly step: "pull" | "create" | "run"; readonly waiting: Waiting; readonly at: number }
  | { readonly fact: "stopping" }
  | { readonly fact: "exited"; readonly exit: Exit }
  | { readonly fact: "backingOff"; readonly waiting: Waiting }
  | { readonly fact: "probed"; readonly probe: ProbeKind; readonly id: string; readonly passes: boolean };

/** A container of which nothing is known. */
export const UNKNOWN: ContainerFacts = { state: "waiting", attempt: 0, started: false, ready: false };

/** The attempt that the next container of it will be. */
export const nextAttempt = (facts: ContainerFacts): number => (facts.id === undefined && facts.exit === undefined ? 0 : facts.attempt + 1);

const probed = (facts: ContainerFacts, { probe, id, passes }: Extract<Fact, { fact: "probed" }>): ContainerFacts => {
  if (facts.state !== "running" || facts.id !== id) return facts;
  if (probe === "readiness") return { ...facts, ready: passes };
  if (!passes) return { ...facts, unhealthy: probe };
  return probe === "startup" ? { ...facts, started: true } : facts;
};

const started = (facts: ContainerFacts, { id, at, probes }: Extract<Fact, { fact: "started" }>): ContainerFacts => {
  if (facts.id !== id || facts.state === "exited") return { ...facts, task: undefined };
  return {
    ...facts,
    state: "running",
    task: undefined,
    startedAt: at,
    started: !probes.includes("startup"),
    ready: !probes.includes("readiness"),
    waiting: undefined,
  };
};

const exited = (facts: ContainerFacts, exit: Exit): ContainerFacts => {
  if (exit.containerId !== facts.id || facts.state === "exited") return facts;
  const task = facts.task === "stopping" ? undefined : facts.task;
  const at = exit.finishedAt + waitMs(facts.restartBackOff, exit.finishedAt);
  const retry = { at, failedAt: exit.finishedAt, as: "CrashLoopBackOff" } as const;
  return { ...facts, state: "exited", task, started: false, ready: false, unhealthy: undefined, exit, waiting: undefined, retry };
};

const starting = (facts: ContainerFacts, { image, limits, at }: Extract<Fact, { fact: "starting" }>): ContainerFacts => ({
  ...facts,
  task: "starting",
  image,
  limits,
  ...(facts.exit === undefined ? {} : { restartBackOff: lengthen(facts.restartBackOff, facts.exit.finishedAt, at) }),
});

const startFailed = (facts: ContainerFacts, { step, waiting, at }: Extract<Fact, { fact: "startFailed" }>): ContainerFacts => {
  const failed = { ...facts, task: undefined, waiting };
  if (step === "run") return facts.state === "exited" ? failed : { ...facts, task: "stopping" }; // its end is on the way
  if (step === "create") return { ...failed, retry: { at: at + RETRY_MS, failedAt: at } };
  const pullBackOff = lengthen(facts.pullBackOff, at, at);
  return { ...failed, pullBackOff, retry: { at: at + pullBackOff.delayMs, failedAt: at, as: "ImagePullBackOff" } };
};

const created = (facts: ContainerFacts, id: string, imageId: string): ContainerFacts => ({
  ...facts,
  state: "waiting",
  id,
  imageId,
  attempt: nextAttempt(facts),
  startedAt: undefined,
  exit: undefined,
  last: facts.exit ?? facts.last,
  pullBackOff: undefined,
  retry: undefined,
});

/** The facts after something has happened. */
export const learn = (facts: ContainerFacts, fact: Fact): ContainerFacts => {
  switch (fact.fact) {
    case "starting":
      return starting(facts, fact);
    case "created":
      return created(facts, fact.id, fact.imageId);
    case "started":
      return started(facts, fact);
    case "startFailed":
      return startFailed(facts, fact);
    case "stopping":
      return { ...facts, task: "stopping" };
    case "exited":
      return exited(facts, fact.exit);
    case "backingOff":
      return { ...facts, waiting: fact.waiting };
    case "probed":
    default:
      return probed(facts, fact);
  }
};
