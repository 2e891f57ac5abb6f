// OwnerReferencesPermissionEnforcement: who lets an object be deleted with another must be allowed to delete it, and who lets
// it hold up its owner's deletion to set the owner's finalizers. upstream: plugin/pkg/admission/gc/gc_admission.go
import type { V1OwnerReference } from "#api/generated/types.ts";
import { pods } from "#api/core/v1/pod.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const ownersOf = (object: KubeObject | undefined): readonly V1OwnerReference[] => object?.metadata?.ownerReferences ?? [];

const isBlocking = ({ blockOwnerDeletion }: V1OwnerReference): boolean => blockOwnerDeletion === true;

/** References that hold up a deletion and did not before. upstream: newBlockingOwnerDeletionRefs */
const newlyBlocking = ({ object, old }: Attributes): readonly V1OwnerReference[] => {
  const before = new Set(
    ownersOf(old)
      .filter(isBlocking)
      .map(({ uid }) => uid),
  );
  return ownersOf(object).filter((owner) => isBlocking(owner) && !before.has(owner.uid));
};

const blockFault = ({ apiVersion, kind, name }: V1OwnerReference, { namespace }: Attributes, around: Surroundings): string | undefined => {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  const owner = around.ofType({ group, version, kind });
  if (owner === undefined) {
    return `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
  }
  const where = owner.namespaced ? { namespace } : {};
  const isAllowed = around.may({ verb: "update", group, version, resource: owner.resource, subresource: "finalizers", name, ...where });
  return isAllowed
    ? undefined
    : "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: , <nil>";
};

const validate = (attributes: Attributes, around: Surroundings): Verdict => {
  const { operation, object, old, kind, subresource, namespace, name } = attributes;
  if (object === undefined || isFor(attributes, pods, "status") || deepEqual(ownersOf(object), ownersOf(old))) return undefined;
  const { group, version, resource } = kind;
  // what one creates one may give away at once
  if (operation !== "CREATE" && !around.may({ verb: "delete", group, version, resource, subresource, namespace, name })) {
    return refuse(attributes, "cannot set an ownerRef on a resource you can't delete: , <nil>");
  }
  const [fault] = newlyBlocking(attributes).flatMap((owner) => blockFault(owner, attributes, around) ?? []);
  return fault === undefined ? undefined : refuse(attributes, fault);
};

export const ownerReferencesPermission: Plugin = { name: "OwnerReferencesPermissionEnforcement", validate };
