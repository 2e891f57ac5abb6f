// Frames of a node at the pace of the client that they are for.
import type { TakeFrame } from "#lib/node-api.ts";

/** Where frames go. `write` says false when there is enough, `drained` when there is room again. */
type Outlet = { readonly write: (frame: Uint8Array) => boolean; readonly drained: () => Promise<unknown> };

/** Takes frames; while there is no room, all of them wait for the same. */
export const paced = ({ write, drained }: Outlet): TakeFrame => {
  let draining: Promise<unknown> | undefined;
  return (frame) => {
    if (write(frame)) return undefined;
    draining ??= drained().finally(() => (draining = undefined));
    return draining;
  };
};
