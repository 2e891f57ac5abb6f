// WHAT a pod needs next, from its spec and from what is known of its containers. Level-triggered: asked again after every
// change, it asks for nothing that is under way. Pure. upstream: kuberuntime_manager.go computePodActions
//
// D1 a container starts again only as its policy says (N2), and not before its back-off has passed. D2 an init container
// starts only when all before it have ended well, or, if sidecars, have started. D3 app containers start only after that.
import { containersOf, restarts, type BoundPod, type PodContainer } from "./containers.ts";
import { UNKNOWN, type ContainerFacts } from "./facts.ts";
import { restartsToResize } from "./resize.ts";

export type Observed = {
  readonly pod: BoundPod;
  readonly containers: ReadonlyMap<string, ContainerFacts>;
  /** When the kubelet took the pod on: its activeDeadlineSeconds count from here. */
  readonly startedAt: number;
  readonly now: number;
};

/** pulling: no container exists yet. completed: nothing runs of its own or will. overdue: the active deadline is past. */
export type Stage = "pulling" | "initializing" | "starting" | "running" | "completed" | "overdue";

export type Action =
  | { readonly do: "start"; readonly container: PodContainer }
  | { readonly do: "backOff"; readonly container: PodContainer; readonly as: "CrashLoopBackOff" | "ImagePullBackOff" }
  | { readonly do: "stop"; readonly container: PodContainer; readonly because: "startup" | "liveness" | "definition" | "resize" };

export type Decision = {
  readonly stage: Stage;
  readonly actions: readonly Action[];
  /** When time alone will change the answer. */
  readonly lookAgainAt?: number | undefined;
};

/** What one container needs. `settled`: it has ended and stays so. */
type Need = { readonly action?: Action; readonly at?: number | undefined; readonly settled?: boolean };

/** How long a failure is shown as itself before it is shown as a back-off. */
const SHOWN_MS = 1_000;

/** Start it now; or, while it has to wait, show after a moment that it backs off. */
const start = (container: PodContainer, { retry, waiting, image }: ContainerFacts, now: number): Need => {
  if (retry === undefined || now >= retry.at || image !== container.spec.image) return { action: { do: "start", container } };
  if (retry.as === undefined || waiting?.reason === retry.as) return { at: retry.at };
  const shownAt = retry.failedAt + SHOWN_MS;
  return now >= shownAt ? { action: { do: "backOff", container, as: retry.as }, at: retry.at } : { at: Math.min(shownAt, retry.at) };
};

const factsOf = ({ containers }: Observed, { spec }: PodContainer): ContainerFacts => containers.get(spec.name) ?? UNKNOWN;

const needOf = (observed: Observed, container: PodContainer): Need => {
  const { pod, now } = observed;
  const facts = factsOf(observed, container);
  if (facts.task !== undefined) return {};
  if (facts.state === "exited" && !restarts(pod, container, facts.exit?.exitCode ?? 0)) return { settled: true };
  if (facts.state !== "running") return start(container, facts, now);
  if (facts.unhealthy !== undefined) return { action: { do: "stop", container, because: facts.unhealthy } };
  if (facts.image !== container.spec.image) return { action: { do: "stop", container, because: "definition" } };
  return restartsToResize(container, facts) ? { action: { do: "stop", container, because: "resize" } } : {};
};

type Progress = { readonly needs: readonly Need[]; readonly initialized: boolean; readonly failed: boolean };

/** Goes through init containers and sidecars up to the first that has not done its part. */
const initialize = (observed: Observed, all: readonly PodContainer[]): Progress => {
  const needs: Need[] = [];
  for (const container of all) {
    const { state, exit, started } = factsOf(observed, container);
    if (container.kind === "init" && state === "exited" && exit?.exitCode === 0) continue;
    const need = needOf(observed, container);
    needs.push(need);
    if (container.kind === "init" || !started) return { needs, initialized: false, failed: need.settled === true };
  }
  return { needs, initialized: true, failed: false };
};

const decision = (stage: Stage, needs: readonly Need[], deadline: number): Decision => {
  const at = Math.min(deadline, ...needs.map((need) => need.at ?? Number.POSITIVE_INFINITY));
  const actions = needs.flatMap(({ action }) => (action === undefined ? [] : [action]));
  return { stage, actions, lookAgainAt: at === Number.POSITIVE_INFINITY ? undefined : at };
};

const ran = ({ startedAt, exit, last }: ContainerFacts): boolean => startedAt !== undefined || exit !== undefined || last !== undefined;
const wasCreated = ({ id, exit }: ContainerFacts): boolean => id !== undefined || exit !== undefined;

/** True once an app container was created: init containers are then a thing of the past, sidecars are not. */
const wasInitialized = (observed: Observed, apps: readonly PodContainer[]): boolean =>
  apps.some((container) => wasCreated(factsOf(observed, container)));

const beforeApps = (observed: Observed, all: readonly PodContainer[], past: boolean): Progress => {
  const sidecars = all.filter(({ kind }) => kind === "sidecar");
  if (past) return { needs: sidecars.map((container) => needOf(observed, container)), initialized: true, failed: false };
  return initialize(
    observed,
    all.filter(({ kind }) => kind === "init" || kind === "sidecar"),
  );
};

const stageOf = (observed: Observed, apps: readonly PodContainer[], initialized: boolean): Stage => {
  if (![...observed.containers.values()].some(wasCreated)) return "pulling";
  if (!initialized) return "initializing";
  return apps.every((container) => ran(factsOf(observed, container))) ? "running" : "starting";
};

/** The pod's stage, what to do now, and when to ask again. */
export const decide = (observed: Observed): Decision => {
  const { pod, now, startedAt } = observed;
  const { activeDeadlineSeconds = Number.POSITIVE_INFINITY } = pod.spec;
  const deadline = startedAt + activeDeadlineSeconds * 1000;
  if (now >= deadline) return { stage: "overdue", actions: [] };
  const all = containersOf(pod);
  const apps = all.filter(({ kind }) => kind === "app");
  const init = beforeApps(observed, all, wasInitialized(observed, apps));
  if (init.failed) return { stage: "completed", actions: [] };
  const stage = stageOf(observed, apps, init.initialized);
  if (!init.initialized) return decision(stage, init.needs, deadline);
  const needs = apps.map((container) => needOf(observed, container));
  if (needs.every(({ settled }) => settled === true)) return { stage: "completed", actions: [] };
  const ephemeral = all.filter(({ kind }) => kind === "ephemeral").map((container) => needOf(observed, container));
  return decision(stage, [...init.needs, ...needs, ...ephemeral], deadline);
};
