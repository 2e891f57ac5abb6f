// What printer columns are made of. upstream: pkg/printers/internalversion/printers.go@v1.36
import type { Cell, Column } from "#api/kind.ts";
import { translateTimestampSince } from "./age.ts";
import { docOf } from "./docs.ts";
import type { KubeObject } from "./object.ts";

/** Name, the first column of almost every kind. */
export const nameColumn: Column<KubeObject> = {
  name: "Name",
  type: "string",
  format: "name",
  description: docOf("V1ObjectMeta", "name"),
  priority: 0,
  value: (object) => object.metadata?.name ?? "",
};

/** Age, written as a duration. */
export const ageColumn: Column<KubeObject> = {
  name: "Age",
  type: "string",
  description: docOf("V1ObjectMeta", "creationTimestamp"),
  priority: 0,
  value: (object, nowMs) => translateTimestampSince(object.metadata?.creationTimestamp, nowMs),
};

type Value<T> = (object: T, nowMs: number) => Cell;

/** A column that is always shown. */
export const column = <T>(name: string, type: Column<T>["type"], description: string, value: Value<T>): Column<T> => ({
  name,
  type,
  description,
  priority: 0,
  value,
});

/** A column that `-o wide` shows. */
export const wideColumn = <T>(name: string, type: Column<T>["type"], description: string, value: Value<T>): Column<T> => ({
  ...column(name, type, description, value),
  priority: 1,
});

/** A map as `a=b,c=d`, or `<none>`. upstream: labels.FormatLabels */
export const formatLabels = (labels: { readonly [key: string]: string } | undefined): string => {
  const keys = Object.keys(labels ?? {}).toSorted();
  return keys.length === 0 ? "<none>" : keys.map((key) => `${key}=${labels?.[key] ?? ""}`).join(",");
};

/** Up to three items, and how many more there are. */
export const listWithMore = (items: readonly string[], none: string): string => {
  if (items.length === 0) return none;
  const shown = items.slice(0, 3).join(",");
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown;
};
