// What a token is bound to: it ends with that object. upstream: pkg/serviceaccount/claims.go
import type { V1Pod } from "#api/generated/types.ts";
import { nodes } from "#api/core/v1/node.ts";
import type { KubeObject, ObjectMeta } from "#api/meta/object.ts";
import type { ObjectSource } from "../objects.ts";
import type { KubernetesClaim } from "./claims.ts";

type BoundClaims = Pick<KubernetesClaim, "pod" | "secret" | "node">;

/** The claims of a token bound to `object`, which is of this kind. A pod's token names its node too. */
export const boundClaims = (objects: ObjectSource, kind: string | undefined, object: KubeObject | undefined): BoundClaims => {
  if (object?.metadata === undefined) return {};
  const ref = refOf(object.metadata);
  if (kind === "Secret") return { secret: ref };
  if (kind === "Node") return { node: ref };
  const { nodeName: name = "" } = (object as V1Pod).spec ?? {};
  if (name === "") return { pod: ref };
  return { pod: ref, node: { name, uid: objects.get(nodes, { name })?.metadata.uid } };
};

const refOf = ({ name = "", uid = "" }: ObjectMeta): { readonly name: string; readonly uid: string } => ({ name, uid });
