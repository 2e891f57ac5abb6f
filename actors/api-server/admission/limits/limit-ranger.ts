// LimitRanger: what containers, pods and claims of a namespace ask for stays within its limit ranges, which fill in what
// containers do not say. upstream: plugin/pkg/admission/limitranger/admission.go
import type { V1Container, V1LimitRangeItem, V1PersistentVolumeClaim, V1Pod } from "#api/generated/types.ts";
import { limitRanges } from "#api/core/v1/limit-range.ts";
import { persistentVolumeClaims } from "#api/core/v1/persistent-volume-claim.ts";
import { lastingContainers, podLimits, podRequests } from "#api/core/v1/pod-resources.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import type { ResourceList } from "#api/core/v1/resource-list.ts";
import type { Draft } from "#api/meta/object.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";
import { outOfBounds } from "./constraints.ts";

/** Containers of a pod do not change but by resizing; a claim may grow. What is being deleted is left alone. */
const isLimited = (attributes: Attributes): boolean => {
  if (attributes.operation === "DELETE" || attributes.old?.metadata?.deletionTimestamp !== undefined) return false;
  if (isFor(attributes, pods)) return attributes.operation === "CREATE";
  return isFor(attributes, pods, "resize") || isFor(attributes, persistentVolumeClaims);
};

const itemsOf = ({ namespace }: Attributes, around: Surroundings): readonly V1LimitRangeItem[] =>
  [...around.list(limitRanges, namespace)].flatMap(({ spec }) => spec?.limits ?? []);

type Defaults = { readonly requests: ResourceList; readonly limits: ResourceList };

const defaultsOf = (items: readonly V1LimitRangeItem[]): Defaults => {
  const own = items.filter(({ type }) => type === "Container");
  // of several the first one that says something counts
  const first = (lists: readonly (ResourceList | undefined)[]): ResourceList => Object.assign({}, ...lists.toReversed()) as ResourceList;
  return { requests: first(own.map(({ defaultRequest }) => defaultRequest)), limits: first(own.map((item) => item.default)) };
};

/** The names that were filled in. */
const fill = (container: Draft<V1Container>, field: "requests" | "limits", defaults: ResourceList): readonly string[] => {
  const present = container.resources?.[field] ?? {};
  const lacking = Object.keys(defaults).filter((name) => !(name in present));
  if (lacking.length > 0) container.resources = { ...container.resources, [field]: { ...defaults, ...present } };
  return lacking.toSorted();
};

const completed = (container: Draft<V1Container>, sort: string, { requests, limits }: Defaults): readonly string[] => {
  const filled = { limit: fill(container, "limits", limits), request: fill(container, "requests", requests) };
  const said = (what: "request" | "limit"): readonly string[] =>
    filled[what].length === 0 ? [] : [`${filled[what].join(", ")} ${what} for ${sort} ${container.name}`];
  return [...said("request"), ...said("limit")];
};

const admit = (attributes: Attributes, around: Surroundings): Verdict => {
  if (!isLimited(attributes) || attributes.kind.resource !== pods.resource) return undefined;
  const { spec, metadata = {} } = attributes.object as Draft<Pod>;
  const defaults = defaultsOf(itemsOf(attributes, around));
  const notes = [
    ...(spec?.containers ?? []).flatMap((container) => completed(container, "container", defaults)),
    ...(spec?.initContainers ?? []).flatMap((container) => completed(container, "init container", defaults)),
  ];
  if (notes.length === 0) return undefined;
  metadata.annotations = { ...metadata.annotations, "kubernetes.io/limit-ranger": `LimitRanger plugin set: ${notes.join("; ")}` };
  return undefined;
};

const podFaults = ({ spec = { containers: [] } }: V1Pod, item: V1LimitRangeItem): readonly string[] => {
  if (item.type === "Pod") return outOfBounds(item, { requests: podRequests(spec), limits: podLimits(spec) });
  if (item.type !== "Container") return [];
  return lastingContainers(spec).flatMap(({ resources }) =>
    outOfBounds(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
  );
};

const claimFaults = ({ spec }: V1PersistentVolumeClaim, item: V1LimitRangeItem): readonly string[] =>
  item.type === "PersistentVolumeClaim" ? outOfBounds(item, { requests: spec?.resources?.requests ?? {}, limits: undefined }) : [];

const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  if (!isLimited(attributes)) return undefined;
  const { kind, object = {} } = attributes;
  const faultsOf = (item: V1LimitRangeItem): readonly string[] =>
    kind.resource === pods.resource ? podFaults(object, item) : claimFaults(object, item);
  const faults = [...new Set(itemsOf(attributes, around).flatMap(faultsOf))];
  if (faults.length === 0) return undefined;
  return refuse(attributes, faults.length === 1 ? faults.join("") : `[${faults.join(", ")}]`);
};

export const limitRanger: Plugin = { name: "LimitRanger", admit, validate };
