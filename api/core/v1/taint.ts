// Taints of nodes and the tolerations of pods. Pure. upstream: component-helpers/scheduling/corev1/helpers.go
import type { V1Taint, V1Toleration } from "#api/generated/types.ts";

export type Taint = V1Taint;
export type Toleration = V1Toleration;

/** The toleration covers the taint. An empty key with Exists covers every taint, an empty effect every effect. */
export const tolerates = (toleration: Toleration, taint: Taint): boolean => {
  if (toleration.effect !== undefined && toleration.effect !== "" && toleration.effect !== taint.effect) return false;
  if (toleration.key !== undefined && toleration.key !== "" && toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || (toleration.value ?? "") === (taint.value ?? "");
};

/** The first taint with one of these effects that no toleration covers. */
export const untolerated = (taints: readonly Taint[] | undefined, tolerations: readonly Toleration[] | undefined, effects: readonly string[]): Taint | undefined =>
  taints?.find((taint) => effects.includes(taint.effect) && !(tolerations ?? []).some((toleration) => tolerates(toleration, taint)));

/** `key=value` of a taint as messages print it. upstream: v1.Taint.ToString without the effect */
export const taintText = ({ key, value }: Taint): string => `{${key}: ${value ?? ""}}`;
