// Annotations that mean something on a pod. upstream: pkg/apis/core/validation/validation.go (ValidatePodSpecificAnnotations)
import type { V1PodSpec } from "#api/generated/types.ts";
import { isEmpty, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue } from "#api/meta/field-error.ts";

/** On a pod that its node runs by itself: the hash of what the node was told to run. */
export const MIRROR_POD = "kubernetes.io/config.mirror";
/** Which pods of a ReplicaSet go first: a 32-bit integer. */
export const DELETION_COST = "controller.kubernetes.io/pod-deletion-cost";

type Annotations = { readonly [key: string]: string } | undefined;

const INT32 = /^(0|-?[1-9]\d{0,9})$/;

/** The cost of deleting a pod, 0 where none is given; undefined for a text that is none. */
export const deletionCost = (annotations: Annotations): number | undefined => {
  const text = annotations?.[DELETION_COST];
  if (text === undefined) return 0;
  const cost = Number(text);
  return INT32.test(text) && cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : undefined;
};

/** Annotations of a pod or a template, against its spec. */
export function* checkPodAnnotations(path: string, annotations: Annotations, spec: V1PodSpec): Check {
  const mirror = annotations?.[MIRROR_POD];
  if (mirror !== undefined && isEmpty(spec.nodeName)) {
    yield invalidValue(`${path}[${MIRROR_POD}]`, mirror, "must set spec.nodeName if mirror pod annotation is set");
  }
  if (deletionCost(annotations) === undefined) {
    yield invalidValue(`${path}[${DELETION_COST}]`, annotations?.[DELETION_COST], "must be a 32bit integer");
  }
}

/** What may not change. upstream: ValidatePodSpecificAnnotationUpdates */
export function* checkPodAnnotationsUpdate(path: string, annotations: Annotations, old: Annotations): Check {
  const [mirror, oldMirror] = [annotations?.[MIRROR_POD], old?.[MIRROR_POD]];
  if (mirror === oldMirror) return;
  const detail = oldMirror === undefined ? "may not add mirror pod annotation" : "may not remove or update mirror pod annotation";
  yield forbiddenField(`${path}[${MIRROR_POD}]`, detail);
}
