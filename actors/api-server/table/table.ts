// Objects as the rows that `kubectl get` prints, and as their metadata alone.
// upstream: apiserver/pkg/endpoints/handlers/response.go, apiserver/pkg/registry/rest/table.go
import type { Cell, Column, Kind } from "#api/kind.ts";
import { docOf } from "#api/meta/docs.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { badRequest } from "#api/meta/status.ts";
import type { ShapeVersion } from "../pipeline/negotiate.ts";

/** How much of each object a row carries. */
export type Include = "None" | "Metadata" | "Object";

/** What a list says of itself. */
export type ListMeta = {
  readonly resourceVersion?: string | undefined;
  readonly continue?: string | undefined;
  readonly remainingItemCount?: number | undefined;
};

type Row = { readonly cells: readonly Cell[]; readonly object?: KubeObject };
type ColumnDefinition = Omit<Column<KubeObject>, "value" | "format"> & { readonly format: string };

/** meta.k8s.io/v1 Table. */
export type Table = {
  readonly kind: "Table";
  readonly apiVersion: `meta.k8s.io/${ShapeVersion}`;
  readonly metadata: ListMeta;
  readonly columnDefinitions: readonly ColumnDefinition[];
  readonly rows: readonly Row[];
};

/** The columns of a kind that names none. */
const plainColumns: readonly Column<KubeObject>[] = [
  {
    name: "Name",
    type: "string",
    format: "name",
    description: docOf("V1ObjectMeta", "name"),
    priority: 0,
    value: ({ metadata }) => metadata?.name ?? "",
  },
  {
    name: "Created At",
    type: "date",
    description: docOf("V1ObjectMeta", "creationTimestamp"),
    priority: 0,
    value: ({ metadata }) => metadata?.creationTimestamp ?? null,
  },
];

/** The client's `includeObject`. Throws: BadRequest. */
export const includeOf = (value: unknown): Include => {
  if (value === undefined || value === "") return "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(`Invalid value: ${JSON.stringify(value)}: must be one of None, Metadata, Object`);
};

/** How a Table is written. `nowMs` is for ages. */
type TableStyle = {
  readonly metadata: ListMeta;
  readonly include: Include;
  readonly nowMs: number;
  readonly version?: ShapeVersion;
};

/** The objects as a Table. */
export const tableOf = (
  kind: Pick<Kind, "columns">,
  objects: readonly KubeObject[],
  { metadata, include, nowMs, version = "v1" }: TableStyle,
): Table => {
  const columns = kind.columns ?? plainColumns;
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: columns.map(({ value: _value, ...column }) => ({ ...column, format: column.format ?? "" })),
    rows: objects.map((object) => ({ cells: columns.map(({ value }) => value(object, nowMs)), ...carried(object, include, version) })),
  };
};

const carried = (object: KubeObject, include: Include, version: ShapeVersion): { readonly object?: KubeObject } => {
  if (include === "None") return {};
  return { object: include === "Object" ? object : partialOf(object, version) };
};

/** The object's metadata alone. */
export const partialOf = ({ metadata }: KubeObject, version: ShapeVersion = "v1"): KubeObject => ({
  kind: "PartialObjectMetadata",
  apiVersion: `meta.k8s.io/${version}`,
  metadata: metadata ?? {},
});
