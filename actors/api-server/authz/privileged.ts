import type { Authorizer } from "../authorizer.ts";

/** The group that may do anything, whatever roles say, so that no mistake in roles locks everybody out. */
export const PRIVILEGED_GROUP = "system:masters";

/** Allows the privileged group everything. upstream: apiserver/pkg/authorization/authorizerfactory NewPrivilegedGroups */
export const privileged: Authorizer = {
  authorize: (user) => (user.groups.includes(PRIVILEGED_GROUP) ? { decision: "allow", reason: "" } : { decision: "noOpinion", reason: "" }),
};
