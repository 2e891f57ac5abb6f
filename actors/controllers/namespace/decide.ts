// How a namespace ends: emptied, pods first, and let go when nothing is left in it. Pure.
// upstream: pkg/controller/namespace/deletion/namespaced_resources_deleter.go; KEP-5080 (ordered deletion)
import type { V1NamespaceCondition } from "#api/generated/types.ts";
import type { Namespace } from "#api/core/v1/namespace.ts";
import type { Stored } from "#api/meta/object.ts";
import { toTime } from "#lib/clock.ts";
import type { Requeue } from "#lib/controller.ts";
import { conditionsOf, type Left } from "./conditions.ts";

/** What the controller itself holds a namespace with. */
export const FINALIZER = "kubernetes";
const AGAIN_MS = 500;

export type Observed = { readonly namespace: Stored<Namespace>; readonly left: readonly Left[] };
export type Action =
  | { readonly do: "empty"; readonly namespace: string; readonly resources: readonly string[] }
  | { readonly do: "report"; readonly namespace: Stored<Namespace>; readonly conditions: readonly V1NamespaceCondition[] }
  | { readonly do: "finalize"; readonly namespace: Stored<Namespace> };

/** The status that says what is left, when it says something else. */
const report = (namespace: Stored<Namespace>, left: readonly Left[], nowMs: number): readonly Action[] => {
  const before = namespace.status?.conditions ?? [];
  const conditions = conditionsOf(left).map((word) => {
    const old = before.find(({ type }) => type === word.type);
    return { ...word, lastTransitionTime: old?.status === word.status ? old.lastTransitionTime : toTime(nowMs) };
  });
  const told = conditions.every((word) =>
    before.some(({ type, status, message }) => type === word.type && status === word.status && message === word.message),
  );
  const others = before.filter(({ type }) => !conditions.some((word) => word.type === type));
  return told ? [] : [{ do: "report", namespace, conditions: [...others, ...conditions] }];
};

/** Somebody else keeps it when it is empty, and is told that it is. */
const isHeld = ({ metadata, spec }: Stored<Namespace>): boolean =>
  (metadata.finalizers ?? []).length > 0 || spec?.finalizers?.some((name) => name !== FINALIZER) === true;

const letGo = (namespace: Stored<Namespace>, nowMs: number): readonly Action[] => {
  const reported = isHeld(namespace) ? report(namespace, [], nowMs) : [];
  if (reported.length > 0 || namespace.spec?.finalizers?.includes(FINALIZER) !== true) return reported;
  return [{ do: "finalize", namespace }];
};

/** Pods go first: what they use must outlive them. */
export const decide = ({ namespace, left }: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  if (namespace.metadata.deletionTimestamp === undefined) return [];
  if (left.length === 0) return letGo(namespace, nowMs);
  const ofPods = left.filter(({ resource }) => resource === "pods");
  const going = ofPods.length > 0 ? ofPods : left;
  return [
    { do: "empty", namespace: namespace.metadata.name, resources: going.map(({ resource }) => resource) },
    ...report(namespace, going, nowMs),
    { do: "requeue", afterMs: AGAIN_MS },
  ];
};
