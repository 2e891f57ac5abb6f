// What the machines do, seen from outside: how often each state was entered, and the last transitions of each actor. It is
// XState's inspection hook, set on every root actor; without it actors pay nothing, with it a transition costs about a
// microsecond. Only names are kept: events and contexts are never copied or serialised.
import type { AnyActorRef, AnyMachineSnapshot, AnyTransitionDefinition, InspectionEvent, StateValue } from "xstate";
import type { Clock } from "./clock.ts";

/** What `createActor(machine, { inspect })` takes. */
export type Inspector = (event: InspectionEvent) => void;

/** One step of one actor. `state` is a dotted path; parallel regions are joined by a comma. */
export type Transition = {
  readonly machine: string;
  readonly actor: string;
  readonly state: string;
  readonly event: string;
  readonly at: number;
};

/** How often a machine entered a state. */
export type TransitionCount = { readonly machine: string; readonly state: string; readonly count: number };

const RING = 100;

type Seen = { readonly machine: string; state: string; readonly last: Transition[]; next: number };

/** Collects transitions of all actors that are given its `inspect`. */
export class Inspection {
  readonly #clock: Clock;
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #actors = new Map<AnyActorRef, Seen>();
  readonly #subscribers = new Set<(transition: Transition) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The hook. */
  readonly inspect: Inspector = (event) => {
    if (event.type !== "@xstate.microstep" && event.type !== "@xstate.snapshot") return;
    const snapshot = event.snapshot as AnyMachineSnapshot;
    if (snapshot.machine === undefined) return; // promises and callbacks have no states
    const ref = event.actorRef as AnyActorRef;
    if (event.type === "@xstate.microstep") {
      if (event._transitions.some(enters)) this.#note(ref, snapshot, event.event.type);
    } else if (snapshot.status !== "active") this.#actors.delete(ref);
    else if (!this.#actors.has(ref)) this.#note(ref, snapshot, event.event.type); // its initial state, which no transition enters
  };

  /** Counts since the start, by machine and state, in the order they were first seen. */
  counts(): readonly TransitionCount[] {
    return [...this.#counts].flatMap(([machine, states]) => [...states].map(([state, count]) => ({ machine, state, count })));
  }

  /** Living actors: their machine, their state and their last transitions, oldest first. */
  actors(): readonly { readonly actor: string; readonly machine: string; readonly state: string; readonly last: readonly Transition[] }[] {
    return [...this.#actors].map(([ref, { machine, state, last, next }]) => ({
      actor: ref.id,
      machine,
      state,
      last: [...last.slice(next), ...last.slice(0, next)],
    }));
  }

  /** Tells of every transition from now on. The answer unsubscribes. */
  subscribe(subscriber: (transition: Transition) => void): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  #note(ref: AnyActorRef, snapshot: AnyMachineSnapshot, event: string): void {
    const machine = snapshot.machine.id;
    const state = pathOf(snapshot.value);
    const counts = getOrAdd(this.#counts, machine, () => new Map<string, number>());
    counts.set(state, (counts.get(state) ?? 0) + 1);
    const seen = getOrAdd(this.#actors, ref, () => ({ machine, state, last: [], next: 0 }));
    const transition: Transition = { machine, actor: ref.id, state, event, at: this.#clock.now() };
    seen.state = state;
    seen.last[seen.next] = transition;
    seen.next = (seen.next + 1) % RING;
    for (const subscriber of this.#subscribers) subscriber(transition);
  }
}

const enters = (transition: AnyTransitionDefinition): boolean => transition.target !== undefined;

const getOrAdd = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const present = map.get(key);
  if (present !== undefined) return present;
  const made = make();
  map.set(key, made);
  return made;
};

const pathOf = (value: StateValue): string =>
  typeof value === "string"
    ? value
    : Object.entries(value)
        .map(([state, inner]) => (inner === undefined ? state : join(state, pathOf(inner))))
        .join(",");

const join = (state: string, inner: string): string => (inner === "" ? state : `${state}.${inner}`);
