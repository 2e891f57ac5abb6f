// The annotation by which kubectl remembers what it applied from its own side. An object that has it can be applied from the
// server's side without a conflict with that, and keeps the annotation, so that both ways go on working.
// upstream: apimachinery/pkg/util/managedfields/internal/{lastappliedmanager,lastappliedupdater}.go
import { compare } from "#api/apply/compare.ts";
import { difference, union, without, type FieldSet } from "#api/apply/field-set.ts";
import type { Author } from "#api/apply/managers.ts";
import type { Conflict, Write } from "#api/apply/ownership.ts";
import { fieldsOf } from "#api/apply/walk.ts";
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import type { KubeObject } from "#api/meta/object.ts";

/** The manager as which kubectl applies from the server's side. */
export const LAST_APPLIED_BY = "kubectl";

const ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

const lastApplied = (object: JsonObject): string | undefined => (object as KubeObject).metadata?.annotations?.[ANNOTATION];

const parsed = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The fields that the annotation says and that are so. */
const agreed = ({ versions, author }: Write, live: JsonObject): FieldSet | undefined => {
  const config = parsed(lastApplied(live) ?? "");
  const shape = versions(author.apiVersion)?.shape;
  if (config === undefined || shape === undefined || config["apiVersion"] !== author.apiVersion) return undefined;
  const { added, modified, removed } = compare(config, live, shape);
  return difference(fieldsOf(config, shape), union(union(added, modified), removed));
};

/** The conflicts with others than kubectl's own annotation. */
export const lastAppliedConflicts = (write: Write, live: JsonObject, conflicts: readonly Conflict[]): readonly Conflict[] => {
  const own = agreed(write, live);
  if (own === undefined) return conflicts;
  return conflicts.map(({ manager, fields }) => ({ manager, fields: without(fields, own) })).filter(({ fields }) => fields.size > 0);
};

/** The object with the annotation brought up to date, if it has one and kubectl has applied it. */
export const withLastApplied = (
  object: JsonObject,
  { manager }: Author,
  { live, config }: { readonly live: JsonObject; readonly config: JsonObject },
): JsonObject => {
  if (manager !== LAST_APPLIED_BY || lastApplied(live) === undefined) return object;
  const { metadata = {} } = object as KubeObject;
  const annotations = { ...metadata.annotations, [ANNOTATION]: `${JSON.stringify(withoutAnnotation(config))}\n` };
  return { ...object, metadata: { ...metadata, annotations } };
};

const withoutAnnotation = (config: JsonObject): JsonObject => {
  const { metadata = {} } = config as KubeObject;
  const { [ANNOTATION]: _, ...annotations } = metadata.annotations ?? {};
  return { ...config, metadata: { ...metadata, ...(metadata.annotations === undefined ? {} : { annotations }) } };
};
