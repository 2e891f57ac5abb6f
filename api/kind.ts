// What the API server must know of a kind to serve it. `api/resources.ts` lists one Kind for each; routes, discovery,
// OpenAPI, columns, RBAC names and storage keys derive from it. All functions here are pure.
import type { Draft, KubeObject } from "./meta/object.ts";
import type { Resource, Verb } from "./meta/resource.ts";
import type { JsonObject } from "./meta/json.ts";
import type { FieldError } from "./meta/status.ts";
import type { Codec } from "./schema/codec.ts";

/** One cell of a Table. */
export type Cell = string | number | boolean | null;

/** A printer column. `priority` 0 is always shown, 1 with `-o wide`. Names and descriptions are upstream's. */
export type Column<T> = {
  readonly name: string;
  readonly type: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: "name" | undefined;
  readonly description: string;
  readonly priority: 0 | 1;
  /** `nowMs` is there for ages, which upstream's tables write as `5d3h`. */
  readonly value: (object: T, nowMs: number) => Cell;
};

/** A subresource that is not `status`: `scale`, `binding`, `log`. */
export type Subresource = {
  readonly verbs: readonly Verb[];
  /** What its body is; may be of another group (`autoscaling/v1` Scale). */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** The generated schema's name of its body. */
  readonly model?: string | undefined;
  /** It writes the status and leaves the rest alone, as `status` does: `approval`. */
  readonly writesStatus?: boolean | undefined;
  /** It leads to what is behind the object: `exec`, `proxy`. Its kind is what admission sees. upstream: rest.Connecter */
  readonly connects?: boolean | undefined;
};

/** What a write does to an object beyond the client's own words. upstream: pkg/registry/*\/strategy.go */
export type Strategy<T> = {
  /** The server counts changes in metadata.generation: 1 at creation, one more when anything but metadata and status changed. */
  readonly generation: boolean;
  /** A write to status leaves the metadata alone too. upstream: metav1.ResetObjectMetaForStatus, customresource's statusStrategy */
  readonly statusKeepsMetadata?: boolean | undefined;
  /** PUT of a name that does not exist creates it. */
  readonly allowCreateOnUpdate?: boolean | undefined;
  /** PUT must say which resourceVersion it changes. upstream: AllowUnconditionalUpdate() == false */
  readonly requiresRevision?: boolean | undefined;
  /** Deleting leaves the dependents behind, unless the client says otherwise. upstream: DefaultGarbageCollectionPolicy */
  readonly orphansDependents?: boolean | undefined;
  /** An immediate deletion answers the object instead of a Status. upstream: registry.Store.ReturnDeletedObject */
  readonly returnsDeleted?: boolean | undefined;
  /** Clears what a client may not set at creation (status), fills in what the server decides. Name, uid and namespace are settled; `now` is RFC 3339. */
  readonly prepareForCreate?: ((draft: Draft<T>, now: string) => void) | undefined;
  /** Carries over what a client may not change. `subresource` is "", "status", or another that writes the object itself (`resize`). */
  readonly prepareForUpdate?: ((draft: Draft<T>, old: T, subresource: string, now: string) => void) | undefined;
  /** Warnings for the client, sent as HTTP Warning headers. */
  readonly warnings?: ((object: T, old: T | undefined) => readonly string[]) | undefined;
  /** Seconds an object lingers when deleted without a period of its own; undefined: deleted at once. */
  readonly gracePeriodSeconds?: ((object: T) => number | undefined) | undefined;
};

/** How a kind whose objects another kind keeps reads and writes them: `events.k8s.io/v1` Event is a view of the core Event. */
export type View<T> = {
  /** The kind that keeps the objects: storage key, bucket and watch cache are its own. */
  readonly resource: Resource;
  readonly toStored: (object: T) => KubeObject;
  readonly fromStored: (stored: KubeObject) => T;
  /**
   * Waited for before `toStored` ("stored") or `fromStored` ("served") is asked for these objects; undefined: they need nothing.
   * Throws: ApiError.
   */
  readonly ready?: ((objects: readonly KubeObject[], to: "stored" | "served") => Promise<void>) | undefined;
};

/** The names that lead to a scale's fields in an object. */
export type ScalePaths = {
  readonly replicas: readonly string[];
  readonly present: readonly string[];
  /** A text; undefined: none. */
  readonly selector: readonly string[] | undefined;
};

/** What a stored kind serves. upstream: the verbs of rest.StandardStorage */
export const storedVerbs: readonly Verb[] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export type Kind<T extends KubeObject = KubeObject> = Resource<T> & {
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  /** The name of the generated schema (`V1Pod`), or of `schema`. */
  readonly model: string;
  /** The JSON schema of a kind that brings its own; undefined: the generated one. */
  readonly schema?: JsonObject | undefined;
  /** Reads its bodies; undefined: the model's codec. A kind with a codec of its own has no strategic merge patch. */
  readonly codec?: Codec | undefined;
  /** Where it is stored. "none": a review, answered and never stored. */
  readonly bucket: "objects" | "leases" | "events" | "none";
  /** Set: nothing is kept under this kind itself; the server converts on the way in and out. */
  readonly storedAs?: View<T> | undefined;
  readonly status: boolean;
  readonly subresources: { readonly [name: string]: Subresource };
  /** Fields that a field selector may name, beside metadata.name and metadata.namespace, and their value in an object. */
  readonly fields?: ((object: T) => { readonly [path: string]: string }) | undefined;
  /** Columns after which `kubectl get` prints it; undefined: Name and Created At. */
  readonly columns?: readonly Column<T>[] | undefined;
  readonly setDefaults?: ((draft: Draft<T>) => void) | undefined;
  /** Every field that is wrong, but for metadata (`validateMeta`). `old` is there on update. `subresource` as in prepareForUpdate. */
  readonly validate?: ((object: T, old: T | undefined, subresource: string) => readonly FieldError[]) | undefined;
  /** Which names are valid; undefined: DNS subdomain. */
  readonly validName?: ((name: string) => readonly string[]) | undefined;
  /** Where the numbers of its `scale` stand; undefined: `spec.replicas`, `status.replicas` and `spec.selector`. */
  readonly scale?: ScalePaths | undefined;
  /** What a stored object is read as, when that is not what lies in the store: its schema may have changed since. */
  readonly readStored?: ((stored: KubeObject) => KubeObject | undefined) | undefined;
  /** Objects are kept in the versions in which they were written. */
  readonly mixed?: boolean | undefined;
  /** Objects are kept in this version, but it is not served. */
  readonly hidden?: boolean | undefined;
  /** Its definition is being deleted: nothing new is made. */
  readonly ending?: boolean | undefined;
  /** Every answer about the kind says that it should not be used any more. upstream: endpoints/deprecation.WarningMessage */
  readonly deprecation?: string | undefined;
  /** Finalizers need no domain in front of their names. upstream: kinds whose metadata pkg/apis/core does not validate */
  readonly anyFinalizer?: boolean | undefined;
  readonly strategy: Strategy<T>;
};
