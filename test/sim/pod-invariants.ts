// C1, N1 and N3, watched at every change of a pod and at every start of a container.
import type { V1Pod } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import type { History, Seen } from "./history.ts";
import { placeOf, resourceOf } from "./history.ts";
import type { NodeMachine, Start } from "./node-machine.ts";
import { Violation } from "./world.ts";

export const watchPods = (history: History, machines: readonly NodeMachine[], violated: (violation: Violation) => void): void => {
  history.onChange((seen) => {
    if (resourceOf(seen.key) !== "pods") return;
    const violation = boundTwice(seen) ?? goneWhileRunning(seen, machines);
    if (violation !== undefined) violated(violation);
  });
  for (const machine of machines) {
    machine.onStart(({ uid }: Start) => {
      const other = machines.find((candidate) => candidate !== machine && candidate.runs(uid));
      if (other !== undefined) violated(new Violation("N1", `pod ${uid} starts on ${machine.name} while it runs on ${other.name}`));
    });
  }
};

const nodeOf = (pod: Stored<V1Pod> | undefined): string => pod?.spec?.nodeName ?? "";

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
