// Results as WASI 0.2 has them.

/** The end of a guest, thrown where it waits: something was asked of it. */
export class GuestEnds extends Error {
  override readonly name = "GuestEnds";
}

export type Result<Ok, Err> = { readonly tag: "ok"; readonly val: Ok } | { readonly tag: "err"; readonly val: Err };

export const ok = <Ok>(val: Ok): { readonly tag: "ok"; readonly val: Ok } => ({ tag: "ok", val });
export const err = <Err>(val: Err): { readonly tag: "err"; readonly val: Err } => ({ tag: "err", val });

/** A result of nothing. */
export const done = ok(undefined);
export const failed = err(undefined);
