// A state machine as a Mermaid diagram: its states, and what leads from one to the next. Handlers that change no state are
// left out, and guards must have names. An event that is taken in every state within another is drawn from a node of its own, called `any`.
import type { AnyStateMachine, AnyStateNode } from "xstate";

type Edge = { readonly from: AnyStateNode; readonly to: AnyStateNode; readonly label: string };
type Guard = string | { readonly type: string; readonly params?: unknown } | undefined;

/** `running_lease_waiting`: Mermaid knows one namespace. */
const nameOf = (node: AnyStateNode): string => node.path.join("_");

const anyOf = (node: AnyStateNode): string => [...node.path, "any"].join("_");

const guardOf = (guard: Guard): string => {
  if (guard === undefined) return "";
  if (typeof guard === "string") return ` [${guard}]`;
  const params = typeof guard.params === "object" && guard.params !== null ? Object.values(guard.params) : [];
  return ` [${[guard.type, ...params].join(" ")}]`;
};

const delayOf = (machine: AnyStateMachine, delay: unknown): string => {
  const given: unknown = typeof delay === "string" ? machine.implementations.delays[delay] : delay;
  return typeof given === "number" ? `after ${given / 1000} s` : `after ${String(delay)}`;
};

/** What people call an event: XState names those that it makes itself at length. */
const causeOf = (machine: AnyStateMachine, node: AnyStateNode, event: string): string => {
  if (event.startsWith("xstate.done.state.")) return "all done";
  const delayed = node.after.find(({ eventType }) => eventType === event);
  if (delayed !== undefined) return delayOf(machine, delayed.delay);
  const invoked = node.invoke.find(({ id }) => event.endsWith(`.actor.${id}`));
  if (invoked === undefined) return event;
  return `${typeof invoked.src === "string" ? invoked.src : invoked.id} ${event.startsWith("xstate.done.") ? "done" : "failed"}`;
};

const edgesOf = (machine: AnyStateMachine, node: AnyStateNode): readonly Edge[] => {
  const taken = [...node.transitions].flatMap(([event, transitions]) =>
    transitions.map(({ target, guard }) => ({ target, label: `${causeOf(machine, node, event)}${guardOf(guard as Guard)}` })),
  );
  const eventless = (node.always ?? []).map(({ target, guard }) => ({ target, label: guardOf(guard as Guard).trim() || "at once" }));
  const own = [...taken, ...eventless].flatMap(({ target, label }) => (target ?? []).map((to) => ({ from: node, to, label })));
  return [...own, ...Object.values(node.states).flatMap((child) => edgesOf(machine, child))];
};

const isWithin = (inner: AnyStateNode, outer: AnyStateNode): boolean => outer.path.every((key, depth) => inner.path[depth] === key);

/** True when the transition goes from a state into itself, and so is taken wherever within it the machine is. */
const isInward = ({ from, to }: Edge): boolean => from !== to && isWithin(to, from);

/** The innermost state that holds both ends: where Mermaid wants the arrow. */
const homeOf = (edge: Edge): AnyStateNode => {
  if (isInward(edge)) return edge.from;
  let home = edge.from.parent ?? edge.from;
  while (!isWithin(edge.to, home) || home === edge.to) home = home.parent ?? edge.from.machine.root;
  return home;
};

const arrow = (edge: Edge): string =>
  `${isInward(edge) ? anyOf(edge.from) : nameOf(edge.from)} --> ${nameOf(edge.to)}: ${edge.label.replaceAll(":", " ")}`;

const inner = (node: AnyStateNode, edges: readonly Edge[]): readonly string[] => {
  const children = Object.values(node.states);
  const initial = node.type === "compound" ? node.initial.target.map((target) => `[*] --> ${nameOf(target)}`) : [];
  const own = edges.filter((edge) => homeOf(edge) === node);
  return [
    ...(own.some(isInward) ? [`state "any" as ${anyOf(node)}`] : []),
    ...children.flatMap((child, place) => [...(node.type === "parallel" && place > 0 ? ["--"] : []), ...stateOf(child, edges)]),
    ...initial,
    ...own.map(arrow),
    ...children.filter(({ type }) => type === "final").map((child) => `${nameOf(child)} --> [*]`),
  ];
};

const stateOf = (node: AnyStateNode, edges: readonly Edge[]): readonly string[] => {
  const declared = `state "${node.key}" as ${nameOf(node)}`;
  const lines = inner(node, edges);
  return lines.length === 0 ? [declared] : [`${declared} {`, ...lines.map((line) => `  ${line}`), "}"];
};

/** The machine as the text of a Mermaid state diagram. */
export const drawMachine = (machine: AnyStateMachine): string =>
  ["stateDiagram-v2", ...inner(machine.root, edgesOf(machine, machine.root)).map((line) => `  ${line}`)].join("\n");
