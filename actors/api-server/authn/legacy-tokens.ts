// Tokens that lie in Secrets of type kubernetes.io/service-account-token and never end: good as long as their Secret holds them.
// upstream: pkg/serviceaccount/legacy.go
import { fromBase64 } from "#api/core/v1/base64.ts";
import { secrets } from "#api/core/v1/secret.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { User } from "#lib/api.ts";
import { LEGACY, LEGACY_ISSUER, type LegacyClaims } from "#lib/pki/legacy-token.ts";
import type { ObjectSource } from "../objects.ts";

/** Whether the claims, not verified yet, are of such a token. */
export const isLegacy = ({ iss }: { readonly iss?: string | undefined }): boolean => iss === LEGACY_ISSUER;

/** Who the token stands for. Throws: an Error that says what is no longer so. */
export const userOfLegacyClaims = (objects: ObjectSource, token: string, claims: LegacyClaims): User => {
  const [namespace, name, uid] = [claims[LEGACY.namespace], claims[LEGACY.account], claims[LEGACY.uid]];
  const secret = objects.get(secrets, { namespace, name: claims[LEGACY.secret] });
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined)
    throw new Error("service account token has been invalidated");
  if (fromBase64(secret.data?.["token"] ?? "") !== token) throw new Error("service account token does not match server's copy");
  const account = objects.get(serviceAccounts, { namespace, name });
  if (account === undefined) throw new Error(`serviceaccounts ${JSON.stringify(name)} not found`);
  if (account.metadata.deletionTimestamp !== undefined) throw new Error(`service account ${namespace}/${name} has been deleted`);
  if (account.metadata.uid !== uid) throw new Error(`service account UID (${account.metadata.uid}) does not match claim (${uid})`);
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
};
