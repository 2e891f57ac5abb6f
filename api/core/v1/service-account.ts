import type { V1ServiceAccount } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { tokenRequest } from "#api/authentication/v1/token-request.ts";

export type ServiceAccount = V1ServiceAccount;

/** ServiceAccounts: identities of the processes in pods. */
export const serviceAccounts: Kind<ServiceAccount> = {
  group: "",
  version: "v1",
  resource: "serviceaccounts",
  kind: "ServiceAccount",
  namespaced: true,
  singular: "serviceaccount",
  listKind: "ServiceAccountList",
  shortNames: ["sa"],
  categories: [],
  verbs: storedVerbs,
  model: "V1ServiceAccount",
  bucket: "objects",
  status: false,
  subresources: { token: tokenRequest },
  strategy: { generation: false },
};
