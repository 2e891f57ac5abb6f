// The reconciler, as a statechart. It is started anew from what is observed, takes the first ways that are open (always), and
// what it would do on the way is the decision. Nothing of it is kept: the objects are the state.
import { initialTransition, setup } from "xstate";
import type { Deployment } from "../../api/apps/v1/deployment.ts";
import type { Stored } from "../../api/meta/object.ts";
import type { Status, Website } from "./website.ts";

/** What a decision is made of; no Deployment: there is none yet. */
export type Observed = { readonly website: Stored<Website>; readonly deployment: Stored<Deployment> | undefined };

/** What is to be done. */
export type Action =
  | { readonly do: "create"; readonly website: Stored<Website> }
  | { readonly do: "change"; readonly website: Stored<Website> }
  | { readonly do: "report"; readonly website: Stored<Website>; readonly status: Status };

const differs = ({ website, deployment }: Observed): boolean =>
  deployment?.spec?.replicas !== website.spec.replicas || deployment.spec.template?.spec?.containers?.[0]?.image !== website.spec.image;

const isRollingOut = ({ deployment }: Observed): boolean => {
  const { observedGeneration = 0, updatedReplicas = 0, replicas = 0 } = deployment?.status ?? {};
  return observedGeneration < (deployment?.metadata.generation ?? 1) || updatedReplicas < replicas;
};

const readyOf = ({ deployment }: Observed): number => deployment?.status?.readyReplicas ?? 0;

/** Drawn: absent or outdated, then rollingOut, then degraded or ready. */
export const machine = setup({
  types: { context: {} as Observed, input: {} as Observed },
  actions: { create: () => undefined, change: () => undefined },
  guards: {
    absent: ({ context }) => context.deployment === undefined,
    outdated: ({ context }) => differs(context),
    rollingOut: ({ context }) => isRollingOut(context),
    degraded: ({ context }) => readyOf(context) < context.website.spec.replicas,
  },
}).createMachine({
  id: "website",
  context: ({ input }) => input,
  initial: "observed",
  options: { maxIterations: 1000 },
  states: {
    observed: {
      always: [
        { guard: "absent", target: "absent" },
        { guard: "outdated", target: "outdated" },
        { guard: "rollingOut", target: "rollingOut" },
        { guard: "degraded", target: "degraded" },
        { target: "ready" },
      ],
    },
    absent: { entry: "create" },
    outdated: { entry: "change" },
    rollingOut: {},
    degraded: {},
    ready: {},
  },
});

/** The statechart's way from what is observed, as data. The state that it ends in is reported when it is news. */
export const decide = (observed: Observed): readonly Action[] => {
  const { website } = observed;
  const [snapshot, effects] = initialTransition(machine, observed);
  const done = effects.map(({ type }): Action => ({ do: type as "create" | "change", website }));
  const status = { state: snapshot.value, readyReplicas: readyOf(observed) };
  const isNews = website.status?.state !== status.state || website.status.readyReplicas !== status.readyReplicas;
  return isNews ? [...done, { do: "report", website, status }] : done;
};
