// scale: the one number of whatever has replicas, as autoscaling/v1 Scale. upstream: pkg/registry/apps/deployment/storage/storage.go
import type { V1LabelSelector, V1Scale } from "#api/generated/types.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { formatSelector, selectorOf, selectorOfLabels, type Labels } from "#api/meta/selector.ts";
import { invalid } from "#api/meta/status.ts";
import type { Call, Core } from "../core.ts";
import { applied } from "../pipeline/apply.ts";
import { isApply } from "../pipeline/apply-call.ts";
import { decodeBody, decodeConfig } from "../pipeline/decode.ts";
import { checkPlace } from "../pipeline/metadata.ts";
import { patcherOf } from "../pipeline/patch.ts";
import { get } from "../pipeline/read.ts";
import { update } from "../pipeline/update.ts";

/** What Deployments, ReplicaSets and their like have in common. */
type Scalable = KubeObject & {
  readonly spec?: { readonly replicas?: number; readonly selector?: V1LabelSelector | Labels };
  readonly status?: { readonly replicas?: number };
};

/** The Scale of an object. */
export const scaleOf = (object: KubeObject): V1Scale => {
  const { metadata = {}, spec, status } = object as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec?.selector) },
  };
};

/** ReplicationControllers select by plain labels, the others by a selector. */
const selectorText = (selector: NonNullable<Scalable["spec"]>["selector"]): string => {
  if (selector === undefined) return "";
  return formatSelector(isSelector(selector) ? selectorOf(selector) : selectorOfLabels(selector));
};

const isSelector = (selector: V1LabelSelector | Labels): selector is V1LabelSelector =>
  typeof selector.matchLabels === "object" || Array.isArray(selector.matchExpressions);

/** Throws: NotFound. */
export const getScale = async (core: Core, call: Call): Promise<V1Scale> => scaleOf((await get(core, call)).object);

/** Applies a scale: what it says of replicas is a configuration of the object itself. */
const applyScale = async (core: Core, call: Call): Promise<V1Scale> => {
  const { metadata = {}, spec } = decodeConfig(call) as V1Scale;
  checkPlace(metadata, call);
  const { name, uid, resourceVersion } = metadata;
  const config = { metadata: { name, uid, resourceVersion }, spec: { replicas: replicasOf({ metadata, spec }) } };
  const { object } = await update(core, call, (own) => applied(core, call, { own: own(), config }));
  return scaleOf(object);
};

/** PUT and PATCH of the scale. Throws: Invalid, Conflict, NotFound. */
export const putScale = async (core: Core, call: Call): Promise<V1Scale> => {
  if (isApply(call)) return applyScale(core, call);
  const wished = call.request.verb === "patch" ? patcherOf(call) : () => decodeBody(call);
  const { object } = await update(core, call, (own) => {
    const present = own();
    const scale = wished(scaleOf(present)) as Draft<V1Scale>;
    checkPlace(scale.metadata ?? {}, call);
    return scaled(present as Draft<Scalable>, scale);
  });
  return scaleOf(object);
};

/** Throws: Invalid. */
const replicasOf = ({ metadata = {}, spec }: V1Scale): number => {
  const replicas = spec?.replicas ?? 0;
  if (replicas < 0) {
    const error = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale", name: metadata.name ?? "" }, [error]);
  }
  return replicas;
};

const scaled = (own: Draft<Scalable>, scale: V1Scale): Draft<KubeObject> => {
  own.spec = { ...own.spec, replicas: replicasOf(scale) };
  const { uid, resourceVersion } = scale.metadata ?? {}; // the client's preconditions, checked as those of any update
  own.metadata = { ...own.metadata, uid, resourceVersion };
  return own;
};
