// What of a pod a level does not allow. Pure. upstream: pod-security-admission/policy/registry.go
import { baselineChecks } from "./baseline.ts";
import type { Check, PodLike, Violation } from "./check.ts";
import type { LevelVersion } from "./policy.ts";
import { restrictedChecks } from "./restricted.ts";

/** The minor version of Kubernetes that this is. */
const LATEST = 36;

const checksOf = (level: LevelVersion["level"], minor: number): readonly Check[] => {
  if (level === "privileged") return [];
  const restricted = level === "restricted" ? restrictedChecks.filter(({ since = 0 }) => minor >= since) : [];
  const overridden = restricted.map(({ overrides }) => overrides);
  return [...baselineChecks.filter(({ id, since = 0 }) => minor >= since && !overridden.includes(id)), ...restricted];
};

/** Everything that the level does not allow. */
export const violationsOf = (pod: PodLike, { level, minor = LATEST }: LevelVersion): readonly Violation[] => {
  const rules = Math.min(minor, LATEST);
  return checksOf(level, rules).flatMap(({ check }) => check(pod, rules) ?? []);
};

/** `privileged (container "c" must not set …), hostPort (…)` */
export const detailText = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail === "" ? reason : `${reason} (${detail})`)).join(", ");

/** `privileged, hostPort` */
export const reasonText = (violations: readonly Violation[]): string => violations.map(({ reason }) => reason).join(", ");
