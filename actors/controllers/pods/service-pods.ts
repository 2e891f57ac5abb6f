// The pods behind a Service, as both controllers of endpoints see them.
import type { Pod } from "#api/core/v1/pod.ts";
import type { Service } from "#api/core/v1/service.ts";
import type { Stored } from "#api/meta/object.ts";
import { matches, selectorOfLabels } from "#api/meta/selector.ts";
import type { Clock } from "#lib/clock.ts";
import type { KeySource } from "#lib/controller.ts";
import { DelayQueue } from "#lib/delay-queue.ts";

/** How long changes of pods are gathered. */
const GATHER_MS = 25;

/** Whether the Service, in the pod's namespace, selects the pod. One without selector selects nothing. */
export const selects = ({ spec }: Service, pod: Stored<Pod>): boolean =>
  spec?.selector !== undefined && matches(selectorOfLabels(spec.selector), pod.metadata.labels);

/** Gives each key a moment later, once for all its changes within that moment. */
export const gathered =
  (source: KeySource, clock: Clock): KeySource =>
  (enqueue) => {
    const waiting = new DelayQueue<string>(clock, enqueue);
    const unsubscribe = source((key) => waiting.setSooner(key, clock.now() + GATHER_MS));
    return () => {
      unsubscribe();
      waiting.clear();
    };
  };
