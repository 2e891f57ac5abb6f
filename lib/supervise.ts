// What XState lacks: restarts. A root actor that ends in an error is made anew, unless it crashes too often; then whoever
// owns it is told, and restarts or ends itself. upstream: Erlang/OTP supervisor, restart intensity
import type { AnyActor } from "xstate";
import type { Clock } from "./clock.ts";

export type Supervision = {
  /** Makes the actor; it is started here. */
  readonly make: () => AnyActor;
  readonly clock: Clock;
  /** More crashes than this within `withinMs` end the supervision. Default 3. */
  readonly most?: number | undefined;
  /** Default 5 s. */
  readonly withinMs?: number | undefined;
  /** Told of each crash that is answered with a restart. */
  readonly onRestart: (error: unknown) => void;
  /** Told of the crash that was one too many. */
  readonly giveUp: (error: unknown) => void;
};

/** Keeps an actor alive until `signal` is aborted. The answer gives the actor of the moment. */
export const supervise = (
  { make, clock, most = 3, withinMs = 5_000, onRestart, giveUp }: Supervision,
  signal: AbortSignal,
): (() => AnyActor) => {
  let crashedAt: readonly number[] = [];
  let actor = make();
  const onError = (error: unknown): void => {
    if (signal.aborted) return;
    const now = clock.now();
    crashedAt = [...crashedAt.filter((at) => now - at < withinMs), now];
    if (crashedAt.length > most) return giveUp(error);
    onRestart(error);
    actor = make();
    run();
  };
  const run = (): void => {
    actor.subscribe({ error: onError });
    actor.start();
  };
  signal.addEventListener("abort", () => actor.stop(), { once: true });
  run();
  return () => actor;
};
