// An object as `kubectl apply` makes it, which remembers in an annotation what it applied and compares with that the next time.
// upstream: k8s.io/kubectl/pkg/util/apply.go (GetModifiedConfiguration)
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import type { KubeObject } from "#api/meta/object.ts";

const ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration";

/** Who manages what `kubectl apply` applies from its own side. */
export const APPLIED_BY = "kubectl-client-side-apply";

const sorted = (_key: string, value: unknown): unknown =>
  isJsonObject(value) ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))) : value;

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** JSON as Go writes it: keys in order, and nothing that HTML or JavaScript could take for its own. */
const goJson = (value: JsonObject): string => JSON.stringify(value, sorted).replace(/[<>&\u2028\u2029]/g, escaped);

/** The object with the annotation; it names its namespace. */
export const asApplied = (object: KubeObject): KubeObject => {
  const { [ANNOTATION]: _, ...annotations } = object.metadata?.annotations ?? {};
  const applied = { ...object, metadata: { ...object.metadata, annotations } };
  return { ...applied, metadata: { ...applied.metadata, annotations: { ...annotations, [ANNOTATION]: `${goJson(applied)}\n` } } };
};
