import type { User } from "#lib/api.ts";
import type { AuditTrail } from "../audit/trail.ts";
import { refusal, type Attributes, type Authorizer } from "../authorizer.ts";

/** Who asks for what; the trail is told what was decided. */
export type Asking = { readonly user: User; readonly attributes: Attributes; readonly trail: AuditTrail | undefined };

/** Throws: Forbidden unless `authorizer` allows it. */
export const requireAsked = (authorizer: Authorizer, { user, attributes, trail }: Asking): void => {
  const decision = authorizer.authorize(user, attributes);
  trail?.decided(decision);
  if (decision.decision !== "allow") throw refusal(user, attributes, decision);
};
