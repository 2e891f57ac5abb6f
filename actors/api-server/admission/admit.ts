// Runs the plugins, in their order: every one may complete the object, then, when it is valid, every one judges it. When one
// of them wants it, all complete it a second time.
import { plugins } from "./index.ts";
import type { PhaseTimes } from "./metrics/phases.ts";
import type { Phase } from "./operation.ts";
import type { Attributes, Half, Plugin, Surroundings } from "./plugin.ts";

type NamedHalf = { readonly name: string; readonly run: Half };

const halvesOf = (phase: Phase, all: readonly Plugin[] = plugins): readonly NamedHalf[] =>
  all.flatMap((plugin) => {
    const run = plugin[phase];
    return run === undefined ? [] : [{ name: plugin.name, run }];
  });

const halves = { admit: halvesOf("admit"), validate: halvesOf("validate") };

const connecting = plugins.filter(({ connects }) => connects === true);
const connectingHalves = { admit: halvesOf("admit", connecting), validate: halvesOf("validate", connecting) };

/** Lets the plugins complete the object. Throws: ApiError of the first refusal. */
export const mutate = (attributes: Attributes, around: Surroundings): Promise<void> => pass("admit", attributes, around);

/** Lets the plugins judge the object. Throws: ApiError of the first refusal. */
export const judge = (attributes: Attributes, around: Surroundings): Promise<void> => pass("validate", attributes, around);

const pass = async (phase: Phase, attributes: Attributes, around: Surroundings): Promise<void> => {
  const asked = attributes.operation === "CONNECT" ? connectingHalves : halves;
  const times = around.metrics.phases.of(phase, attributes.operation);
  const beganAt = around.now();
  try {
    await round(asked[phase], times, { attributes, around });
    if (phase === "admit" && around.reinvocation.begin()) await round(asked.admit, times, { attributes, around });
    times.over(around.now() - beganAt, false);
  } catch (error) {
    times.over(around.now() - beganAt, true);
    throw error;
  }
};

type Write = { readonly attributes: Attributes; readonly around: Surroundings };

/** Most plugins have nothing to wait for: what does not wait costs no turn of the queue. */
const round = async (all: readonly NamedHalf[], times: PhaseTimes, { attributes, around }: Write): Promise<void> => {
  let at = around.now();
  for (const { name, run } of all) {
    try {
      const verdict = run(attributes, around);
      const refusal = verdict instanceof Promise ? await verdict : verdict;
      if (refusal !== undefined) throw refusal;
    } catch (error) {
      times.refused(name, around.now() - at);
      throw error;
    }
    const now = around.now();
    times.passed(name, now - at);
    at = now;
  }
};
