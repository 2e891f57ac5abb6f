// wasi:io/poll: waiting for what may become ready.
import { ComponentTrap } from "#runtime/wasi/component/handles.ts";
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import type { Life, Watch } from "#runtime/wasi/life.ts";
import { GuestEnds } from "./result.ts";

/** Something that a guest can wait for. */
export interface Waitable extends Watch {
  readonly isReady: boolean;
  /** When it becomes ready by itself, in milliseconds of performance.now(). */
  readonly dueAt?: number | undefined;
}

/** What is ready at once. */
export const ALWAYS: Waitable = { isReady: true, watch: () => () => undefined };

/** The resource pollable. */
export class Pollable {
  readonly waitable: Waitable;
  constructor(waitable: Waitable) {
    this.waitable = waitable;
  }
}

const waitForAny = async (life: Life, waitables: readonly Waitable[]): Promise<void> => {
  while (!waitables.some(({ isReady }) => isReady)) {
    const instants = waitables.flatMap(({ dueAt }) => dueAt ?? []);
    const delayMs = instants.length === 0 ? undefined : Math.min(...instants) - performance.now();
    // oxlint-disable-next-line no-await-in-loop -- an announcement says that something changed, not what
    if (!(await life.wait(delayMs, waitables))) throw new GuestEnds();
  }
};

/** Calls `then` when `waitable` is ready: at once if it is. Rejects: GuestEnds. */
export const whenReady = <Result>(life: Life, waitable: Waitable, then: () => Result): Result | Promise<Result> =>
  waitable.isReady ? then() : waitForAny(life, [waitable]).then(then);

const MOST_POLLED = 4096;

const poll = (life: Life, pollables: readonly Pollable[]): readonly number[] | Promise<readonly number[]> => {
  if (pollables.length === 0 || pollables.length > MOST_POLLED) throw new ComponentTrap(`polled for ${pollables.length} things`);
  const waitables = pollables.map(({ waitable }) => waitable);
  const ready = (): readonly number[] => waitables.flatMap(({ isReady }, index) => (isReady ? [index] : []));
  return waitables.some(({ isReady }) => isReady) ? ready() : waitForAny(life, waitables).then(ready);
};

/** wasi:io/poll */
export const pollInterface = (life: Life): HostInterface => ({
  "[method]pollable.ready": ({ waitable }: Pollable) => waitable.isReady,
  "[method]pollable.block": { suspends: ({ waitable }: Pollable) => whenReady(life, waitable, () => undefined) },
  poll: { suspends: (pollables: readonly Pollable[]) => poll(life, pollables) },
});
