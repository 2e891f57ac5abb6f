// When a process may lead: candidate (trying, waiting) ⇄ leading (holding, renewing). upstream: client-go/tools/leaderelection
import { fromPromise, setup } from "xstate";
import { unprovided } from "./unprovided.ts";

/** What an attempt to take or renew the lease found. */
export type Attempt = "held by us" | "held by another";

/** `attempt` takes the lease or renews it; failing to reach the server is an error. */
export const electMachine = setup({
  actors: { attempt: fromPromise<Attempt>(unprovided("attempt")) },
  actions: { tell: (_args: unknown, _params: { readonly leading: boolean }): void => unprovided("tell")() },
  guards: { isOurs: (_args: unknown, params: { readonly found: Attempt }) => params.found === "held by us" },
  delays: { candidateMs: unprovided("candidateMs"), retryMs: 2_000, renewDeadlineMs: 10_000 },
}).createMachine({
  id: "elect",
  initial: "candidate",
  states: {
    candidate: {
      initial: "trying",
      states: {
        trying: {
          invoke: {
            src: "attempt",
            onDone: [
              { guard: { type: "isOurs", params: ({ event }) => ({ found: event.output }) }, target: "#elect.leading" },
              { target: "waiting" },
            ],
            onError: "waiting",
          },
        },
        waiting: { after: { candidateMs: "trying" } },
      },
    },
    leading: {
      entry: { type: "tell", params: { leading: true } },
      exit: { type: "tell", params: { leading: false } },
      initial: "holding",
      states: {
        holding: { after: { retryMs: "renewing" } },
        renewing: {
          after: { renewDeadlineMs: "#elect.candidate" },
          initial: "trying",
          states: {
            trying: {
              invoke: {
                src: "attempt",
                onDone: [
                  { guard: { type: "isOurs", params: ({ event }) => ({ found: event.output }) }, target: "#elect.leading.holding" },
                  { target: "#elect.candidate" },
                ],
                onError: "waiting",
              },
            },
            waiting: { after: { retryMs: "trying" } },
          },
        },
      },
    },
  },
  options: { maxIterations: 1000 },
});
