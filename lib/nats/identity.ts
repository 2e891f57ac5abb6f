// Who a name stands for. Groups are not claimed by anyone: they follow from the name that nats-server vouches for.
import type { User } from "#lib/api.ts";

const NODE = "system:node:";
const SERVICE_ACCOUNT = "system:serviceaccount:";

/** The user of this name, with the groups that upstream's authenticators give. upstream: apiserver/pkg/authentication/serviceaccount MakeGroupNames */
export const userOf = (name: string): User => {
  if (name.startsWith(NODE)) return { name, groups: ["system:nodes", "system:authenticated"] };
  if (!name.startsWith(SERVICE_ACCOUNT)) return { name, groups: ["system:authenticated"] };
  const [namespace = ""] = name.slice(SERVICE_ACCOUNT.length).split(":");
  return { name, groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"] };
};
