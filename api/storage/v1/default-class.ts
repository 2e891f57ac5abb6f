// Which class of its kind is the default one: an annotation says so. upstream: pkg/apis/storage/util/helpers.go
import type { KubeObject } from "#api/meta/object.ts";

type ClassName = "storageclass" | "volumeattributesclass";

/** Whether the class is marked as the default. */
export const isDefaultClass = (name: ClassName, { metadata }: KubeObject): boolean =>
  [`${name}.kubernetes.io/is-default-class`, `${name}.beta.kubernetes.io/is-default-class`].some(
    (annotation) => metadata?.annotations?.[annotation] === "true",
  );

/** What a table adds to the name of the default class. */
export const defaultMark = (name: ClassName, object: KubeObject): string => (isDefaultClass(name, object) ? " (default)" : "");

/** The class that is taken when none is named: of several default ones the newest, of those the first by name. upstream: GetDefaultClass */
export const newestOf = <T extends KubeObject>(classes: readonly T[]): T | undefined => {
  const rank = ({ metadata }: T): string => metadata?.creationTimestamp ?? "";
  const nameOf = ({ metadata }: T): string => metadata?.name ?? "";
  return classes.toSorted((a, b) => (rank(a) === rank(b) ? (nameOf(a) < nameOf(b) ? -1 : 1) : rank(a) < rank(b) ? 1 : -1))[0];
};
