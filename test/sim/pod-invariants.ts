// C1, N1, N2 and N3, watched at every change of a pod and at every start and end of a container.
import type { V1Pod } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import type { History, Seen } from "./history.ts";
import { placeOf, resourceOf } from "./history.ts";
import type { End, NodeMachine, Start } from "./node-machine.ts";
import { Violation } from "./world.ts";

type Report = (violation: Violation) => void;

export const watchPods = (history: History, machines: readonly NodeMachine[], violated: Report): void => {
  const restarts = new Restarts(violated);
  history.onChange((seen) => {
    if (resourceOf(seen.key) !== "pods") return;
    restarts.learn(seen);
    const violation = boundTwice(seen) ?? goneWhileRunning(seen, machines);
    if (violation !== undefined) violated(violation);
  });
  for (const machine of machines) {
    machine.keepBooks({
      started: (start) => {
        restarts.started(start);
        const violation = runsTwice(start, machine, machines);
        if (violation !== undefined) violated(violation);
      },
      ended: (end) => restarts.ended(machine, end),
      lostPower: () => restarts.lostPower(machine),
    });
  }
};

const nodeOf = (pod: Stored<V1Pod> | undefined): string => pod?.spec?.nodeName ?? "";

const policyOf = (pod: Stored<V1Pod>): string => pod.spec?.restartPolicy ?? "Always";

const boundTwice = ({ key, object, old }: Seen): Violation | undefined => {
  if (object === undefined || object.metadata.uid !== old?.metadata.uid) return undefined;
  const [before, after] = [nodeOf(old), nodeOf(object)];
  return before === "" || before === after ? undefined : new Violation("C1", `${placeOf(key)} was bound to ${before}, then to ${after}`);
};

const goneWhileRunning = ({ key, object, old }: Seen, machines: readonly NodeMachine[]): Violation | undefined => {
  if (old === undefined || object?.metadata.uid === old.metadata.uid) return undefined;
  const machine = machines.find((candidate) => candidate.runs(old.metadata.uid));
  return machine === undefined ? undefined : new Violation("N3", `${placeOf(key)} is gone while ${machine.name} runs it`);
};

const runsTwice = (start: Start, machine: NodeMachine, machines: readonly NodeMachine[]): Violation | undefined => {
  const other = machines.find((candidate) => candidate !== machine && candidate.runs(start.uid));
  if (other !== undefined) return new Violation("N1", `pod ${start.uid} starts on ${machine.name} while it runs on ${other.name}`);
  return machine.count(start) > 1 ? new Violation("N1", `${start.container} of ${start.uid} runs twice on ${machine.name}`) : undefined;
};

/** N2: whether a container may run again after it ended. An end that nobody was told of is forgotten with its machine's power. */
class Restarts {
  readonly #violated: Report;
  readonly #policies = new Map<string, string>();
  readonly #exits = new Map<string, { readonly exitCode: number; readonly machine: NodeMachine }>();
  /** Containers whose end stands in the status of their pod. */
  readonly #told = new Set<string>();

  constructor(violated: Report) {
    this.#violated = violated;
  }

  learn({ object }: Seen): void {
    if (object === undefined) return;
    this.#policies.set(object.metadata.uid, policyOf(object));
    for (const { name, state } of (object as Stored<V1Pod>).status?.containerStatuses ?? []) {
      if (state?.terminated !== undefined) this.#told.add(`${object.metadata.uid}/${name}`);
    }
  }

  started({ uid, container }: Start): void {
    const exitCode = this.#exits.get(`${uid}/${container}`)?.exitCode;
    const policy = this.#policies.get(uid);
    if (exitCode === undefined || policy === "Always" || (policy === "OnFailure" && exitCode !== 0)) return;
    this.#violated(new Violation("N2", `${container} of ${uid}, policy ${policy}, runs again after it ended with ${exitCode}`));
  }

  ended(machine: NodeMachine, { uid, container, exitCode }: End): void {
    this.#exits.set(`${uid}/${container}`, { exitCode, machine });
  }

  lostPower(machine: NodeMachine): void {
    for (const [name, exit] of this.#exits) if (exit.machine === machine && !this.#told.has(name)) this.#exits.delete(name);
  }
}
