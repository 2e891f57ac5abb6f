// The pods behind a Service, as both controllers of endpoints see them.
import type { Pod } from "#api/core/v1/pod.ts";
import type { Service } from "#api/core/v1/service.ts";
import type { Stored } from "#api/meta/object.ts";
import { matches, selectorOfLabels } from "#api/meta/selector.ts";

/** Whether the Service, in the pod's namespace, selects the pod. One without selector selects nothing. */
export const selects = ({ spec }: Service, pod: Stored<Pod>): boolean =>
  spec?.selector !== undefined && matches(selectorOfLabels(spec.selector), pod.metadata.labels);
