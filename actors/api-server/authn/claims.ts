// What a service account token says, and whether what it is bound to still stands. upstream: pkg/serviceaccount/claims.go
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { secrets } from "#api/core/v1/secret.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { KubeObject, ObjectMeta } from "#api/meta/object.ts";
import type { User } from "#lib/api.ts";
import type { ObjectSource } from "../objects.ts";

type Ref = { readonly name: string; readonly uid: string };

/** The claim `kubernetes.io`. */
export type KubernetesClaim = {
  readonly namespace: string;
  readonly serviceaccount: Ref;
  readonly pod?: Ref | undefined;
  readonly secret?: Ref | undefined;
  readonly node?: { readonly name: string; readonly uid?: string | undefined } | undefined;
  /** Seconds since the epoch, from when on its use is worth a warning. */
  readonly warnafter?: number | undefined;
};

/** A token's claims. Instants are seconds since the epoch. */
export type Claims = { readonly jti?: string | undefined; readonly "kubernetes.io"?: KubernetesClaim | undefined };

/** An object that is being deleted counts as there for so long. upstream: jwt.DefaultLeeway */
const LEEWAY_MS = 60_000;

/** Who the token stands for. Throws: an Error that says what is no longer so. */
export const userOfClaims = (objects: ObjectSource, claims: Claims, nowMs: number): User => {
  const claim = claims["kubernetes.io"];
  if (claim === undefined) throw new Error("service account token claims could not be validated due to unexpected private claim");
  const { namespace, serviceaccount, pod, secret, node } = claim;
  checkAccount(objects.get(serviceAccounts, { namespace, name: serviceaccount.name }), claim, nowMs);
  for (const [resource, ref] of [
    [secrets, secret],
    [pods, pod],
  ] as const) {
    if (ref !== undefined) checkBound(objects.get(resource, { namespace, name: ref.name }), ref, nowMs);
  }
  if (pod === undefined && node !== undefined) {
    checkBound(objects.get(nodes, { name: node.name }), { name: node.name, uid: node.uid ?? "" }, nowMs);
  }
  return {
    name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
    uid: serviceaccount.uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
    extra: extraOf(claims, claim),
  };
};

const isGone = ({ deletionTimestamp }: ObjectMeta, nowMs: number): boolean =>
  deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < nowMs - LEEWAY_MS;

const checkAccount = (account: KubeObject | undefined, { namespace, serviceaccount }: KubernetesClaim, nowMs: number): void => {
  const { name, uid } = serviceaccount;
  if (account?.metadata === undefined) throw new Error(`serviceaccounts ${JSON.stringify(name)} not found`);
  if (isGone(account.metadata, nowMs)) throw new Error(`service account ${namespace}/${name} has been deleted`);
  if (account.metadata.uid !== uid) throw new Error(`service account UID (${account.metadata.uid ?? ""}) does not match claim (${uid})`);
};

const checkBound = (object: KubeObject | undefined, { uid }: Ref, nowMs: number): void => {
  if (object?.metadata === undefined || isGone(object.metadata, nowMs) || object.metadata.uid !== uid) {
    throw new Error("service account token has been invalidated");
  }
};

/** upstream: apiserver/pkg/authentication/serviceaccount ServiceAccountInfo.UserInfo */
const extraOf = ({ jti }: Claims, { pod, node }: KubernetesClaim): NonNullable<User["extra"]> => {
  const values: readonly (readonly [string, string | undefined])[] = [
    ["credential-id", jti === undefined ? undefined : `JTI=${jti}`],
    ["node-name", node?.name],
    ["node-uid", node?.uid],
    ["pod-name", pod?.name],
    ["pod-uid", pod?.uid],
  ];
  return Object.fromEntries(
    values.flatMap(([key, value]) => (value === undefined ? [] : [[`authentication.kubernetes.io/${key}`, [value]]])),
  );
};
