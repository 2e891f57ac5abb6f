// What of a pod may change once it is there. upstream: pkg/apis/core/validation/validation.go (ValidatePodUpdate), release 1.36
//
// U1 of the spec only images, a shorter deadline, more tolerations, fewer scheduling gates, and a grace period of 1 for a
//    negative one. U2 while a pod is gated, its node selector and node affinity may become narrower.
import type { V1Affinity, V1Container, V1NodeSelectorTerm, V1Pod, V1PodSpec, V1Toleration } from "#api/generated/types.ts";
import { broken, each, isEmpty, needed, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, NO_MAP } from "#api/meta/field-error.ts";
import { inRange } from "#api/meta/names.ts";
import { differences, semanticEqual, semanticEqualBut } from "#api/meta/semantic-equal.ts";
import { checkPodAnnotationsUpdate } from "./pod-annotations.ts";
import { checkImageOfPod } from "./pod-spec/validate-containers.ts";
import { checkTolerations } from "./taint.ts";

const MAX_INT32 = 2 ** 31 - 1;
const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const UPDATABLE = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

type Containers = readonly V1Container[] | undefined;

const sameCount = (list: Containers, old: Containers): boolean => (list?.length ?? 0) === (old?.length ?? 0);

function* checkImages(path: string, list: Containers): Check {
  for (const [container, at] of each(path, list)) {
    yield* needed(`${at}.image`, container.image);
    yield* checkImageOfPod(at, container);
  }
}

function* checkDeadline(path: string, seconds: number | undefined, old: number | undefined): Check {
  if (seconds === undefined) {
    if (old !== undefined) yield invalidValue(path, null, "must not update from a positive integer to nil value");
    return;
  }
  yield* broken(path, seconds, inRange(seconds, 0, MAX_INT32));
  if (old !== undefined && old < seconds) yield invalidValue(path, seconds, "must be less than or equal to previous value");
}

function* checkOnlyAddedTolerations(path: string, list: readonly V1Toleration[], old: readonly V1Toleration[]): Check {
  const kept = (was: V1Toleration): boolean => list.some((toleration) => semanticEqualBut(toleration, was, "tolerationSeconds"));
  if (!old.every(kept)) yield forbiddenField(path, "existing toleration can not be modified except its tolerationSeconds");
  else yield* checkTolerations(path, list);
}

function* checkOnlyRemovedGates(path: string, { schedulingGates }: V1PodSpec, old: V1PodSpec): Check {
  const had = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  for (const [{ name }, at] of each(path, schedulingGates)) {
    if (!had.has(name)) yield forbiddenField(`${at}.name`, `only deletion is allowed, but found new scheduling gate '${name}'`);
  }
}

const startsWith = (list: readonly unknown[] = [], old: readonly unknown[] = []): boolean =>
  old.every((item, at) => semanticEqual(item, list[at]));

const isEmptyTerm = ({ matchExpressions = [], matchFields = [] }: V1NodeSelectorTerm): boolean =>
  matchExpressions.length + matchFields.length === 0;

const onlyNarrowed = (term: V1NodeSelectorTerm, old: V1NodeSelectorTerm): boolean =>
  isEmptyTerm(old)
    ? isEmptyTerm(term)
    : startsWith(term.matchExpressions, old.matchExpressions) && startsWith(term.matchFields, old.matchFields);

const requiredTerms = (affinity: V1Affinity | undefined): readonly V1NodeSelectorTerm[] =>
  affinity?.nodeAffinity?.[REQUIRED]?.nodeSelectorTerms ?? [];

function* checkNarrowedTerms(path: string, terms: readonly V1NodeSelectorTerm[], old: readonly V1NodeSelectorTerm[]): Check {
  if (old.length === 0) return;
  if (old.length !== terms.length)
    yield invalidValue(path, terms, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
  for (const [term, at, index] of each(path, old.length === terms.length ? terms : [])) {
    if (onlyNarrowed(term, old[index] ?? {})) continue;
    yield invalidValue(at, term, "only additions are allowed (no mutations or deletions)");
  }
}

function* checkNarrowed(path: string, spec: V1PodSpec, old: V1PodSpec): Check {
  const lost = Object.entries(old.nodeSelector ?? {}).some(([key, value]) => spec.nodeSelector?.[key] !== value);
  if (lost) {
    const detail = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
    yield invalidValue(`${path}.nodeSelector`, spec.nodeSelector ?? NO_MAP, detail);
  }
  const terms = `${path}.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms`;
  yield* checkNarrowedTerms(terms, requiredTerms(spec.affinity), requiredTerms(old.affinity));
}

const withImagesOf = (list: Containers, old: Containers): Containers =>
  list?.map((container, at) => Object.assign({}, container, { image: old?.[at]?.image }));

const withNodeAffinityOf = (affinity: V1Affinity | undefined, old: V1Affinity | undefined): V1Affinity => ({
  ...affinity,
  nodeAffinity: old?.nodeAffinity,
});

/** The new spec with every field that may change as it was: what then still differs may not. */
const withUpdatablesOf = (spec: V1PodSpec, old: V1PodSpec): V1PodSpec => {
  const gated = (old.schedulingGates ?? []).length > 0;
  const graceSet = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers) ?? [],
    initContainers: withImagesOf(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ...(graceSet ? { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds } : {}),
    ...(gated ? { nodeSelector: old.nodeSelector, affinity: withNodeAffinityOf(spec.affinity, old.affinity) } : {}),
  };
};

function* checkSpecUpdate(spec: V1PodSpec, old: V1PodSpec): Check {
  for (const list of ["containers", "initContainers"] as const) {
    yield* checkImages(`spec.${list}`, spec[list]);
  }
  yield* checkDeadline("spec.activeDeadlineSeconds", spec.activeDeadlineSeconds, old.activeDeadlineSeconds);
  yield* checkOnlyAddedTolerations("spec.tolerations", spec.tolerations ?? [], old.tolerations ?? []);
  yield* checkOnlyRemovedGates("spec.schedulingGates", spec, old);
  if ((old.schedulingGates ?? []).length > 0) yield* checkNarrowed("spec", spec, old);
  const lines = differences("spec", old, withUpdatablesOf(spec, old));
  if (lines.length > 0) {
    yield forbiddenField("spec", `pod updates may not change fields other than ${UPDATABLE}\n${lines.join("\n")}\n`);
  }
}

/** Every change of a pod that is not allowed; what the pod is now has been checked by itself. */
export function* checkPodUpdate(pod: V1Pod, old: V1Pod): Check {
  const [spec, oldSpec] = [pod.spec ?? { containers: [] }, old.spec ?? { containers: [] }];
  yield* checkPodAnnotationsUpdate("metadata.annotations", pod.metadata?.annotations, old.metadata?.annotations);
  for (const list of ["containers", "initContainers"] as const) {
    if (sameCount(spec[list], oldSpec[list])) continue;
    yield forbiddenField(`spec.${list}`, "pod updates may not add or remove containers");
    return;
  }
  yield* checkSpecUpdate(spec, oldSpec);
}

/** Ephemeral containers may be added, and then stay as they are. upstream: ValidatePodEphemeralContainersUpdate */
export function* checkEphemeralUpdate(pod: V1Pod, old: V1Pod): Check {
  const now = new Map((pod.spec?.ephemeralContainers ?? []).map((container) => [container.name, container]));
  for (const was of old.spec?.ephemeralContainers ?? []) {
    const is = now.get(was.name);
    const name = JSON.stringify(was.name);
    if (is === undefined) yield forbiddenField("spec.ephemeralContainers", `existing ephemeral containers ${name} may not be removed\n`);
    else if (!semanticEqual(is, was)) {
      const lines = differences("ephemeralContainer", was, is).join("\n");
      yield forbiddenField("spec.ephemeralContainers", `existing ephemeral containers ${name} may not be changed\n${lines}`);
    }
  }
}

/** A pod that waits at scheduling gates has no node. */
export const isGatedOnNode = ({ nodeName, schedulingGates }: V1PodSpec): boolean =>
  !isEmpty(nodeName) && (schedulingGates ?? []).length > 0;
