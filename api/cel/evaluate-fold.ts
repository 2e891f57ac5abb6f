// Macros over lists and maps. upstream: cel-go/parser/macro.go and ext/comprehensions.go, which say what each stands for
import type { Expr, Fold } from "./ast.ts";
import { attempt, withSlot, type Run, type Slots, type Step } from "./run.ts";
import { CelList, EntryMap, EvalError, isMap, mapKey, noSuchOverload, type Value } from "./values.ts";

/** One turn of a loop: what its body, and its condition, are about is in the slots. */
type Turn = { readonly key: Value; readonly item: Value };

type Loop = {
  readonly range: Step;
  readonly body: Step;
  readonly where: Step | undefined;
  readonly slot: number;
  readonly two: boolean;
};

/** The step of a macro. */
export const compileFold = (step: (expr: Expr, slots: Slots) => Step, { kind, range, names, where, body }: Fold, slots: Slots): Step => {
  const inner = names.reduce(withSlot, slots);
  const loop: Loop = {
    range: step(range, slots),
    body: step(body, inner),
    where: where === undefined ? undefined : step(where, inner),
    slot: slots.size,
    two: names.length === 2,
  };
  const collect = { all: quantify(false), exists: quantify(true), exists_one: existsOne, filter, map, transformMap, transformMapEntry }[
    kind
  ];
  return (run) => collect(loop, run);
};

/** Every turn that counts, its values in the slots. */
function* turns(loop: Loop, run: Run): Generator<Turn> {
  for (const turn of allTurns(loop, run)) {
    if (loop.where === undefined || truth(loop.where(run))) yield turn;
  }
}

function* allTurns({ range, slot, two }: Loop, run: Run): Generator<Turn> {
  const of = range(run);
  for (const { key, item, named } of entriesOf(of)) {
    run.meter.spend(1);
    run.slots[slot] = two ? key : named;
    if (two) run.slots[slot + 1] = item;
    yield { key, item: two ? item : named };
  }
}

/** `named`: what a macro with one variable calls by it. */
function* entriesOf(of: Value): Generator<Turn & { readonly named: Value }> {
  if (of instanceof CelList) {
    for (let at = 0; at < of.size; at++) {
      const item = of.at(at);
      yield { key: BigInt(at), item, named: item };
    }
  } else if (isMap(of)) for (const key of of.keys()) yield { key, item: of.get(key) ?? null, named: key };
  else noSuchOverload();
}

const truth = (value: Value): boolean => (typeof value === "boolean" ? value : noSuchOverload());

type Collect = (loop: Loop, run: Run) => Value;

/** `all` ends at the first false, `exists` at the first true; an error counts only when nothing decides. */
const quantify =
  (deciding: boolean): Collect =>
  (loop, run) => {
    let failure: EvalError | undefined;
    for (const _ of turns(loop, run)) {
      const found = attempt(loop.body, run);
      if (found === deciding) return deciding;
      if (found instanceof EvalError) failure ??= found;
      else truth(found);
    }
    if (failure !== undefined) throw failure;
    return !deciding;
  };

const existsOne: Collect = (loop, run) => {
  let count = 0;
  for (const _ of turns(loop, run)) if (truth(loop.body(run))) count++;
  return count === 1;
};

const filter: Collect = (loop, run) => {
  const kept: Value[] = [];
  for (const { item } of turns(loop, run)) if (truth(loop.body(run))) kept.push(item);
  return new CelList(kept);
};

const map: Collect = (loop, run) => {
  const made: Value[] = [];
  for (const _ of turns(loop, run)) made.push(loop.body(run));
  return new CelList(made);
};

const transformMap: Collect = (loop, run) => {
  const made = new Map<Value, Value>();
  for (const { key } of turns(loop, run)) made.set(mapKey(key), loop.body(run));
  return new EntryMap(made);
};

const transformMapEntry: Collect = (loop, run) => {
  const made = new Map<Value, Value>();
  for (const _ of turns(loop, run)) {
    const entry = loop.body(run);
    if (!isMap(entry)) return noSuchOverload();
    for (const key of entry.keys()) {
      if (made.has(mapKey(key))) throw new EvalError(`insert failed: key ${key as string} already exists`);
      made.set(mapKey(key), entry.get(key) ?? null);
    }
  }
  return new EntryMap(made);
};
