// An audit log in memory.
import { Auditor } from "#actors/api-server/audit/auditor.ts";
import { parsePolicy } from "#actors/api-server/audit/policy.ts";
import type { Clock } from "#lib/clock.ts";
import { seededRandom } from "#lib/random.ts";

/** What tests look at of an event. */
export type AuditEvent = {
  readonly stage: string;
  readonly verb: string;
  readonly auditID: string;
  readonly requestURI: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly sourceIPs: readonly string[];
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code: number; readonly reason?: string; readonly message?: string };
  readonly requestObject?: { readonly metadata: object };
  readonly responseObject?: { readonly metadata: { readonly managedFields?: unknown } };
  readonly annotations?: { readonly [key: string]: string };
};

/** An auditor by these rules, as YAML, and what it writes. `rest`: more of the policy. */
export const auditLog = (clock: Clock, rules: string, rest = ""): { readonly auditor: Auditor; readonly events: AuditEvent[] } => {
  const events: AuditEvent[] = [];
  const policy = parsePolicy(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${rest}\nrules: ${rules}`);
  const write = (line: string): void => void events.push(JSON.parse(line) as AuditEvent);
  return { auditor: new Auditor({ policy, clock, random: seededRandom(1), write }), events };
};

/** The annotations of the last event, without those of authorization. */
export const annotationsOf = (events: readonly AuditEvent[]): { readonly [key: string]: string } =>
  Object.fromEntries(Object.entries(events.at(-1)?.annotations ?? {}).filter(([key]) => !key.startsWith("authorization")));
