// When an informer lists, follows and waits: one stream gives the list and then the changes (KEP-3157, watch-list). A
// stream that ends is resumed from the last revision; one that cannot be resumed (410) is listed anew.
import { assign, fromPromise, setup } from "xstate";
import { unprovided } from "./unprovided.ts";

/** How a stream ended. `lived`: it gave at least one event. */
export type Ending = { readonly why: "closed" | "expired" | "failed"; readonly lived: boolean };

type Context = { readonly listed: boolean; readonly failures: number };

/** Only an ending that is no failure is followed up at once. */
const failuresAfter = (failures: number, { why, lived }: Ending): number => {
  if (!lived) return failures + 1;
  return why === "failed" ? 1 : 0;
};

/** States: streaming (listing, watching) and backingOff. `follow` gets whether a list is there to resume from. */
export const informerMachine = setup({
  types: { context: {} as Context, events: {} as { type: "list.completed" } },
  actors: { follow: fromPromise<Ending, { readonly resume: boolean }>(unprovided("follow")) },
  guards: { listed: ({ context }) => context.listed },
  delays: { backoffMs: unprovided("backoffMs") },
}).createMachine({
  id: "informer",
  context: { listed: false, failures: 0 },
  initial: "streaming",
  states: {
    streaming: {
      invoke: {
        src: "follow",
        input: ({ context }) => ({ resume: context.listed }),
        onDone: {
          target: "backingOff",
          actions: assign(({ context, event }) => ({
            listed: context.listed && event.output.why !== "expired",
            failures: failuresAfter(context.failures, event.output),
          })),
        },
        onError: { target: "backingOff", actions: assign({ failures: ({ context }) => context.failures + 1 }) },
      },
      initial: "opening",
      states: {
        opening: { always: [{ guard: "listed", target: "watching" }, { target: "listing" }] },
        listing: { on: { "list.completed": { target: "watching", actions: assign({ listed: true }) } } },
        watching: {},
      },
    },
    backingOff: { after: { backoffMs: "streaming" } },
  },
  options: { maxIterations: 1000 },
});
