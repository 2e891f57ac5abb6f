// Which class of its kind is the default one: an annotation says so. upstream: pkg/apis/storage/util/helpers.go
import type { KubeObject } from "#api/meta/object.ts";

type ClassName = "storageclass" | "volumeattributesclass";

/** Whether the class is marked as the default. */
const isDefaultClass = (name: ClassName, { metadata }: KubeObject): boolean =>
  [`${name}.kubernetes.io/is-default-class`, `${name}.beta.kubernetes.io/is-default-class`].some(
    (annotation) => metadata?.annotations?.[annotation] === "true",
  );

/** What a table adds to the name of the default class. */
export const defaultMark = (name: ClassName, object: KubeObject): string => (isDefaultClass(name, object) ? " (default)" : "");
