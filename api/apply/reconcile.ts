// Managers of an object whose schema has changed since they wrote: what they managed within a list or a map that now changes
// as a whole, they manage as a whole. upstream: sigs.k8s.io/structured-merge-diff/typed/reconcile_schema.go
import { NO_FIELDS, type FieldNode, type FieldSet } from "./field-set.ts";
import type { Manager, Managers } from "./managers.ts";
import type { Versions } from "./ownership.ts";
import type { Shape } from "./shape.ts";
import { childShape } from "./walk.ts";

const WHOLE: FieldNode = { own: true, below: NO_FIELDS };

/** The managers with fields as the shapes of their versions have them now. */
export const reconciled = (managers: Managers, versions: Versions): Managers =>
  new Map(
    Array.from(managers, ([id, manager]) => [id, withFields(manager, fieldsNow(manager.fields, versions(manager.apiVersion)?.shape))]),
  );

const withFields = (manager: Manager, fields: FieldSet): Manager => (fields === manager.fields ? manager : { ...manager, fields });

const fieldsNow = (set: FieldSet, shape: Shape | undefined): FieldSet => {
  let changed: Map<string, FieldNode> | undefined;
  for (const [element, node] of set) {
    const now = nodeNow(node, shapeBelow(shape, element));
    if (now === node) continue;
    changed ??= new Map(set);
    changed.set(element, now);
  }
  return changed ?? set;
};

const nodeNow = (node: FieldNode, shape: Shape | undefined): FieldNode => {
  if (node.below.size === 0 || shape === undefined) return node;
  if (shape.is === "leaf") return WHOLE;
  const below = fieldsNow(node.below, shape);
  return below === node.below ? node : { own: node.own, below };
};

/** Undefined: what stands there is of any shape. */
const shapeBelow = (shape: Shape | undefined, element: string): Shape | undefined => {
  if (shape?.is === "map" && element.startsWith("f:")) return childShape(shape, element.slice(2));
  return shape?.is === "list" ? shape.item : undefined;
};
