// What a token is bound to: it ends with that object. upstream: pkg/registry/core/serviceaccount/storage/token.go
import type { V1BoundObjectReference, V1Pod } from "#api/generated/types.ts";
import { nodes } from "#api/core/v1/node.ts";
import type { KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { badRequest, conflict } from "#api/meta/status.ts";
import type { ObjectSource } from "../objects.ts";
import type { TokenSubject } from "../ports.ts";
import type { KubernetesClaim } from "./claims.ts";

type BoundClaims = Pick<KubernetesClaim, "pod" | "secret" | "node">;

const refOf = ({ name = "", uid = "" }: ObjectMeta): { readonly name: string; readonly uid: string } => ({ name, uid });

/** A pod's token names its node too. */
const ofPod = ({ metadata = {}, spec }: V1Pod, account: TokenSubject, objects: ObjectSource): BoundClaims => {
  if (spec?.serviceAccountName !== account.name) {
    const name = JSON.stringify(account.name);
    throw badRequest(`cannot bind token for serviceaccount ${name} to pod running with different serviceaccount name.`);
  }
  const { nodeName: name = "" } = spec;
  if (name === "") return { pod: refOf(metadata) };
  return { pod: refOf(metadata), node: { name, uid: objects.get(nodes, { name })?.metadata.uid } };
};

type Bind = (object: KubeObject, account: TokenSubject, objects: ObjectSource) => BoundClaims;

const BINDS: { readonly [type: string]: Bind } = {
  "v1/Pod": (pod, account, objects) => ofPod(pod, account, objects),
  "v1/Secret": ({ metadata = {} }) => ({ secret: refOf(metadata) }),
  "v1/Node": ({ metadata = {} }) => ({ node: refOf(metadata) }),
};

/** A token and what it is asked to be bound to; `object` is what the reference names. */
export type Binding = {
  readonly account: TokenSubject;
  readonly ref: V1BoundObjectReference | undefined;
  readonly object: KubeObject | undefined;
};

/** The claims of a token's binding. Throws: BadRequest, Conflict when it may not be bound so. */
export const boundClaims = (objects: ObjectSource, { account, ref, object }: Binding): BoundClaims => {
  if (ref === undefined) return {};
  const { apiVersion = "v1", kind = "", name, uid = "" } = ref;
  const bind = BINDS[`${apiVersion}/${kind}`];
  if (bind === undefined || object === undefined) throw badRequest(`cannot bind token to object of type ${apiVersion}, Kind=${kind}`);
  const claims = bind(object, account, objects);
  if (uid === "" || uid === object.metadata?.uid) return claims;
  throw conflict(
    { group: "", resource: kind, name },
    `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
  );
};
