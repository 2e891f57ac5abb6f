// scale: the one number of whatever has replicas, as autoscaling/v1 Scale. upstream: pkg/registry/apps/deployment/storage/storage.go
import type { V1LabelSelector, V1Scale } from "#api/generated/types.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { formatSelector, selectorOf, selectorOfLabels, type Labels } from "#api/meta/selector.ts";
import { invalid } from "#api/meta/status.ts";
import type { Call, Core } from "../core.ts";
import { decodeBody } from "../pipeline/decode.ts";
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

/** PUT and PATCH of the scale. Throws: Invalid, Conflict, NotFound. */
export const putScale = async (core: Core, call: Call): Promise<V1Scale> => {
  const wished = call.request.verb === "patch" ? patcherOf(call) : () => decodeBody(call);
  const { object } = await update(core, call, (own) => {
    const present = own();
    const scale = wished(scaleOf(present)) as Draft<V1Scale>;
    checkPlace(scale.metadata ?? {}, call);
    return scaled(present as Draft<Scalable>, scale);
  });
  return scaleOf(object);
};

const scaled = (own: Draft<Scalable>, { metadata = {}, spec }: V1Scale): Draft<KubeObject> => {
  const replicas = spec?.replicas ?? 0;
  if (replicas < 0) {
    const error = invalidValue("spec.replicas", replicas, "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale", name: metadata.name ?? "" }, [error]);
  }
  own.spec = { ...own.spec, replicas };
  const { uid, resourceVersion } = metadata; // the client's preconditions, checked as those of any update
  own.metadata = { ...own.metadata, uid, resourceVersion };
  return own;
};
