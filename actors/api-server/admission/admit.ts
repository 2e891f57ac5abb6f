// Runs the plugins, in their order: every one may complete the object, then, when it is valid, every one judges it. When one
// of them wants it, all complete it a second time.
import { plugins } from "./index.ts";
import type { Attributes, Surroundings, Verdict } from "./plugin.ts";

/** Lets the plugins complete the object. Throws: ApiError of the first refusal. */
export const mutate = async (attributes: Attributes, around: Surroundings): Promise<void> => {
  await round(attributes, around);
  if (around.reinvocation.begin()) await round(attributes, around);
};

const round = async (attributes: Attributes, around: Surroundings): Promise<void> => {
  for (const { admit } of plugins) {
    const verdict = admit?.(attributes, around);
    if (verdict !== undefined) await settle(verdict);
  }
};

/** Lets the plugins judge the object. Throws: ApiError of the first refusal. */
export const judge = async (attributes: Attributes, around: Surroundings): Promise<void> => {
  for (const { validate } of plugins) {
    const verdict = validate?.(attributes, around);
    if (verdict !== undefined) await settle(verdict);
  }
};

const settle = async (verdict: Verdict | Promise<Verdict>): Promise<void> => {
  const refusal = await verdict;
  if (refusal !== undefined) throw refusal;
};
