// scale: the one number of whatever has replicas, as autoscaling/v1 Scale. upstream: pkg/registry/apps/deployment/storage/storage.go
import type { V1LabelSelector, V1Scale } from "#api/generated/types.ts";
import { valueAt, withValueAt } from "#api/crd/json-path.ts";
import type { Column, Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
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
import { update, type AdmittedAs, type Change } from "../pipeline/update.ts";

const REPLICAS = ["spec", "replicas"];
const PRESENT = ["status", "replicas"];

type Selector = V1LabelSelector | Labels | string | undefined;

/** The columns of a Scale. upstream: scaleColumnDefinitions in pkg/printers/internalversion/printers.go */
export const scaleColumns: readonly Column<V1Scale>[] = [
  nameColumn,
  column("Desired", "integer", docOf("V1ScaleSpec", "replicas"), ({ spec }) => spec?.replicas ?? 0),
  column("Available", "integer", docOf("V1ScaleStatus", "replicas"), ({ status }) => status?.replicas ?? 0),
  ageColumn,
];

/** The Scale of an object of this kind. */
export const scaleOf = ({ scale }: Pick<Kind, "scale">, object: KubeObject): V1Scale => {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata ?? {};
  const numberAt = (path: readonly string[]): number => Number(valueAt(object, path) ?? 0);
  const selector = scale === undefined ? valueAt(object, ["spec", "selector"]) : valueAt(object, scale.selector ?? [""]);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberAt(scale?.replicas ?? REPLICAS) },
    status: { replicas: numberAt(scale?.present ?? PRESENT), selector: selectorText(selector as Selector) },
  };
};

/** ReplicationControllers select by plain labels, custom resources tell a text, the others have a selector. */
const selectorText = (selector: Selector): string => {
  if (selector === undefined || typeof selector === "string") return selector ?? "";
  return formatSelector(isSelector(selector) ? selectorOf(selector) : selectorOfLabels(selector));
};

const isSelector = (selector: V1LabelSelector | Labels): selector is V1LabelSelector =>
  typeof selector.matchLabels === "object" || Array.isArray(selector.matchExpressions);

/** Throws: NotFound. */
export const getScale = async (core: Core, call: Call): Promise<V1Scale> => scaleOf(call.kind, (await get(core, call)).object);

/** Admission sees the scale that the client sees. upstream: toScaleUpdateValidation, scaleUpdatedObjectInfo */
const asScale = (kind: Kind): AdmittedAs => ({
  show: (object) => scaleOf(kind, object),
  take: (draft, scale) => void Object.assign(draft, withValueAt(draft, kind.scale?.replicas ?? REPLICAS, replicasOf(scale))),
});

/** Applies a scale: what it says of replicas is a configuration of the object itself. */
const applyScale = async (core: Core, call: Call): Promise<V1Scale> => {
  const { metadata = {}, spec } = decodeConfig(call) as V1Scale;
  checkPlace(metadata, call);
  const { name, uid, resourceVersion } = metadata;
  const config = withValueAt(
    { metadata: { name, uid, resourceVersion } },
    call.kind.scale?.replicas ?? REPLICAS,
    replicasOf({ metadata, spec }),
  );
  const { object } = await update(core, call, (own) => applied(core, call, { own: own(), config }), asScale(call.kind));
  return scaleOf(call.kind, object);
};

/** PUT and PATCH of the scale. Throws: Invalid, Conflict, NotFound. */
export const putScale = async (core: Core, call: Call): Promise<V1Scale> => {
  if (isApply(call)) return applyScale(core, call);
  const wished = call.request.verb === "patch" ? patcherOf(call) : () => decodeBody(call);
  const change: Change = (own) => {
    const present = own();
    const scale = wished(scaleOf(call.kind, present)) as Draft<V1Scale>;
    checkPlace(scale.metadata ?? {}, call);
    return scaled(call.kind, present, scale);
  };
  const { object } = await update(core, call, change, asScale(call.kind));
  return scaleOf(call.kind, object);
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

const scaled = ({ scale: paths }: Kind, own: KubeObject, scale: V1Scale): Draft<KubeObject> => {
  const { uid, resourceVersion = "" } = scale.metadata ?? {}; // the client's preconditions, checked as those of any update
  const changed: KubeObject = withValueAt(own, paths?.replicas ?? REPLICAS, replicasOf(scale));
  return { ...changed, metadata: { ...own.metadata, uid, ...(resourceVersion === "" ? {} : { resourceVersion }) } } as Draft<KubeObject>;
};
