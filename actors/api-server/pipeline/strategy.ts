// The strategy of a write: what of an object a verb may set. Pure.
import type { Kind } from "#api/kind.ts";
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { invalid, type FieldError } from "#api/meta/status.ts";
import { validateMeta } from "#api/meta/validate-meta.ts";
import { countGeneration, metaOf, startGeneration } from "./metadata.ts";

type Fields = { [field: string]: unknown };

/** Settles a new object that has its name. */
export const prepareNew = (kind: Kind, draft: Draft<KubeObject>, now: string): void => {
  startGeneration(kind, metaOf(draft));
  kind.strategy.prepareForCreate?.(draft, now);
};

/** The object as it is, through which of its resources it is written, and when. */
type Write = { readonly old: KubeObject; readonly subresource: string; readonly now: string };

/** Settles a changed object: a write to the resource leaves status alone, a write to status leaves the rest alone. */
export const prepareChange = (kind: Kind, draft: Draft<KubeObject>, { old, subresource, now }: Write): void => {
  if (subresource === "status" || kind.subresources[subresource]?.writesStatus === true) {
    keepIntent(draft, old);
    if (kind.strategy.statusKeepsMetadata === true) keepMetadata(draft, old);
  } else if (kind.status) keepStatus(draft, old);
  kind.strategy.prepareForUpdate?.(draft, old, subresource, now);
  countGeneration(kind, draft, old);
};

const keepStatus = (draft: Draft<KubeObject>, old: KubeObject): void => {
  const [fields, { status }] = [draft as Fields, old as Fields];
  if (status === undefined) delete fields["status"];
  else fields["status"] = status;
};

const keepIntent = (draft: Draft<KubeObject>, old: KubeObject): void => {
  const [fields, before] = [draft as Fields, old as Fields];
  for (const field of Object.keys(fields)) if (!KEPT.has(field) && !(field in before)) delete fields[field];
  for (const field of Object.keys(before)) if (!KEPT.has(field)) fields[field] = before[field];
};

const keepMetadata = (draft: Draft<KubeObject>, old: KubeObject): void => {
  const { managedFields, resourceVersion } = metaOf(draft);
  draft.metadata = {
    ...structuredClone(old.metadata as Draft<ObjectMeta>),
    ...(managedFields === undefined ? {} : { managedFields }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
};

const KEPT = new Set(["apiVersion", "kind", "metadata", "status"]);

/** Throws: Invalid with every field that is wrong. */
export const requireValid = (kind: Kind, object: KubeObject, old?: KubeObject, subresource = ""): void => {
  const errors: readonly FieldError[] = [...validateMeta(kind, object, old), ...(kind.validate?.(object, old, subresource) ?? [])];
  if (errors.length > 0) throw invalid({ group: kind.group, kind: kind.kind, name: object.metadata?.name ?? "" }, errors);
};

/** Throws: Invalid. A review has no name, so its metadata is no matter. */
export const requireValidReview = (kind: Kind, object: KubeObject): void => {
  const errors = kind.validate?.(object, undefined, "") ?? [];
  if (errors.length > 0) throw invalid({ group: kind.group, kind: kind.kind, name: "" }, errors);
};
