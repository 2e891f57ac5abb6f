import { tokenRequest } from "#api/authentication/v1/token-request.ts";
import type { V1ServiceAccount } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import type { Draft } from "#api/meta/object.ts";

export type ServiceAccount = V1ServiceAccount;

/** Of its secrets an account names only the names. upstream: cleanSecretReferences */
const namesOnly = (draft: Draft<ServiceAccount>): void => {
  if (draft.secrets !== undefined) draft.secrets = draft.secrets.map(({ name }) => ({ name }));
};

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
  columns: [nameColumn, column("Secrets", "string", docOf("V1ServiceAccount", "secrets"), ({ secrets = [] }) => secrets.length), ageColumn],
  strategy: {
    generation: false,
    requiresRevision: true,
    returnsDeleted: true,
    prepareForCreate: namesOnly,
    prepareForUpdate: namesOnly,
  },
};
