// Defaults of what a pod asks for as a whole, where it asks for something. KEP-2837
// upstream: pkg/apis/core/v1/defaults.go (defaultHugePagePodLimits, defaultPodRequests, defaultPodLimits)
import type { V1PodSpec } from "#api/generated/types.ts";
import type { Draft } from "#api/meta/object.ts";
import { aggregateContainers } from "../pod-resources.ts";
import type { ResourceList } from "../resource-list.ts";
import { isHugePages, isOvercommitAllowed, isPodLevelResource } from "../resource-name.ts";

const isSet = (list: ResourceList | undefined): boolean => list !== undefined && Object.keys(list).length > 0;
const namesPodLevel = (list: ResourceList | undefined): boolean => Object.keys(list ?? {}).some(isPodLevelResource);

const pick = (list: ResourceList, wanted: (name: string) => boolean): ResourceList =>
  Object.fromEntries(Object.entries(list).filter(([name]) => wanted(name)));

const requestsOf = (spec: V1PodSpec): ResourceList => aggregateContainers(spec, ({ resources }) => resources?.requests);
const limitsOf = (spec: V1PodSpec): ResourceList => aggregateContainers(spec, ({ resources }) => resources?.limits);

const defaultHugePageLimits = (spec: Draft<V1PodSpec>): void => {
  const { resources } = spec;
  if (resources === undefined || !(isSet(resources.limits) || isSet(resources.requests))) return;
  const added = pick(limitsOf(spec), (name) => isHugePages(name) && resources.requests?.[name] === undefined);
  const limits = { ...added, ...resources.limits };
  if (isSet(limits)) resources.limits = limits;
};

const defaultRequests = ({ resources, ...spec }: Draft<V1PodSpec>): void => {
  if (resources === undefined || !isSet(resources.limits)) return;
  const asked = pick(requestsOf(spec), (name) => isPodLevelResource(name) && isOvercommitAllowed(name));
  const requests = { ...pick(resources.limits ?? {}, isPodLevelResource), ...asked, ...resources.requests };
  if (isSet(requests)) resources.requests = requests;
};

const defaultLimits = (spec: Draft<V1PodSpec>): void => {
  const { resources } = spec;
  if (resources === undefined || namesPodLevel(resources.limits) || !namesPodLevel(resources.requests)) return;
  const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const limited = (name: string): boolean => all.every((container) => container.resources?.limits?.[name] !== undefined);
  const added = pick(limitsOf(spec), (name) => isPodLevelResource(name) && isOvercommitAllowed(name) && limited(name));
  const limits = { ...added, ...resources.limits };
  if (isSet(limits)) resources.limits = limits;
};

/** Completes pod-level requests and limits; after the containers' own. */
export const defaultPodLevelResources = (spec: Draft<V1PodSpec>): void => {
  defaultHugePageLimits(spec);
  defaultRequests(spec);
  defaultLimits(spec);
};
