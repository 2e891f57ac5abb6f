// The columns after which `kubectl get` prints custom resources.
// upstream: apiextensions-apiserver/pkg/registry/customresource/tableconvertor/tableconvertor.go
import type { V1CustomResourceColumnDefinition } from "../generated/types.ts";
import type { Cell, Column } from "../kind.ts";
import { translateTimestampSince } from "../meta/age.ts";
import { nameColumn } from "../meta/columns.ts";
import { docOf } from "../meta/docs.ts";
import type { KubeObject } from "../meta/object.ts";
import { parseJsonPath } from "./json-path.ts";

const AGE: V1CustomResourceColumnDefinition = {
  name: "Age",
  type: "date",
  description: docOf("V1ObjectMeta", "creationTimestamp"),
  jsonPath: ".metadata.creationTimestamp",
};

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

const READERS: { readonly [type: string]: (value: unknown, nowMs: number) => Cell } = {
  string: asText,
  integer: (value) => (typeof value === "number" ? Math.trunc(value) : null),
  number: (value) => (typeof value === "number" ? value : null),
  boolean: (value) => (typeof value === "boolean" ? value : null),
  date: (value, nowMs) => (typeof value === "string" ? translateTimestampSince(value, nowMs) : null),
};

/** The description of a column that has none. upstream: tableconvertor.New */
const described = ({ description = "", jsonPath }: V1CustomResourceColumnDefinition): string =>
  description === "" ? `Custom resource definition column (in JSONPath format): ${jsonPath}` : description;

const columnOf = (definition: V1CustomResourceColumnDefinition): Column<KubeObject> => {
  const { name, type, jsonPath, priority = 0 } = definition;
  const path = parseJsonPath(jsonPath);
  const read = READERS[type];
  return {
    name,
    type: type as Column<KubeObject>["type"],
    description: described(definition),
    priority: priority === 0 ? 0 : 1,
    value: (object, nowMs) => {
      const [found] = path?.(object) ?? [];
      return found === undefined || found === null || read === undefined ? null : read(found, nowMs);
    },
  };
};

/** The columns of one version. */
export const columnsOf = (definitions: readonly V1CustomResourceColumnDefinition[] = []): readonly Column<KubeObject>[] => [
  nameColumn,
  ...(definitions.length === 0 ? [AGE] : definitions).map(columnOf),
];
