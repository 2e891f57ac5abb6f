import type { V1Secret } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";

export type Secret = V1Secret;

/** Secrets: sensitive data for pods to consume. */
export const secrets: Kind<Secret> = {
  group: "",
  version: "v1",
  resource: "secrets",
  kind: "Secret",
  namespaced: true,
  singular: "secret",
  listKind: "SecretList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1Secret",
  bucket: "objects",
  status: false,
  subresources: {},
  strategy: { generation: false },
};
