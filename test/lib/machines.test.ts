// Rules that every statechart of the project keeps, whoever wrote it.
import { globSync } from "node:fs";
import * as assert from "uvu/assert";
import { StateMachine, type AnyStateMachine, type AnyStateNode } from "xstate";
import { suite } from "#test/support/suite.ts";

const root = new URL("../../", import.meta.url);
const files = globSync(["lib/*-machine.ts", "{actors,addons}/**/machine.ts"], { cwd: root }).toSorted();
const modules = await Promise.all(files.map(async (file) => ({ file, exports: (await import(new URL(file, root).href)) as object })));
const machines = modules.flatMap(({ file, exports }) =>
  Object.values(exports)
    .filter((value): value is AnyStateMachine => value instanceof StateMachine)
    .map((machine) => ({ file, machine })),
);

const nodesOf = (node: AnyStateNode): readonly AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)];

const broken = (rule: (machine: AnyStateMachine) => boolean): readonly string[] =>
  machines.filter(({ machine }) => !rule(machine)).map(({ file, machine }) => `${file}: ${machine.id}`);

const test = suite("lib/machines"); // after the last await: a suite runs as soon as it may

test("every machine file gives a machine", () => {
  const silent = files.filter((file) => !machines.some((machine) => machine.file === file));
  assert.ok(machines.length > 0);
  assert.equal(silent, []);
});

test("no machine can run away", () => {
  assert.equal(
    broken(({ options }) => options?.maxIterations === 1000),
    [],
  );
});

test("every invoke has an answer to failure", () => {
  assert.equal(
    broken(({ root: node }) =>
      nodesOf(node).every(({ invoke, on }) => invoke.every(({ id, onError }) => onError !== undefined || `xstate.error.actor.${id}` in on)),
    ),
    [],
  );
});

test("no two machines have one id, and none is left unnamed", () => {
  const ids = machines.map(({ machine }) => machine.id);
  assert.equal(
    ids.filter((id, at) => id === "(machine)" || ids.indexOf(id) !== at),
    [],
  );
});

test("every guard and every step has a name, which is what is drawn of it", () => {
  const isNamed = ({ transitions, always, invoke }: AnyStateNode): boolean =>
    [...transitions.values(), always ?? []].flat().every(({ guard }) => typeof guard !== "function") &&
    invoke.every(({ src }) => typeof src === "string");
  assert.equal(
    broken(({ root: node }) => nodesOf(node).every(isNamed)),
    [],
  );
});
