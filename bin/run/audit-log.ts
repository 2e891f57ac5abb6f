// The audit log of the API server's process, if the cluster has a policy for it.
import { existsSync, readFileSync } from "node:fs";
import { audited } from "#actors/api-server/audit/audited.ts";
import { Auditor } from "#actors/api-server/audit/auditor.ts";
import { AuditFile } from "#actors/api-server/audit/file.ts";
import { parsePolicy } from "#actors/api-server/audit/policy.ts";
import type { ApiHandler } from "#lib/api.ts";
import type { Process } from "./process.ts";

export type AuditLog = {
  /** For the server and its front; undefined: nothing is written down. */
  readonly auditor: Auditor | undefined;
  /** The handler that writes down what it answers. */
  wrap(handler: ApiHandler): ApiHandler;
  close(): Promise<void>;
};

/** Throws: when the policy cannot be read. */
export const auditLogOf = ({ layout, clock, random, logger }: Process): AuditLog => {
  if (!existsSync(layout.auditPolicy)) return { auditor: undefined, wrap: (handler) => handler, close: () => Promise.resolve() };
  const policy = parsePolicy(readFileSync(layout.auditPolicy, "utf8"));
  const file = new AuditFile({ path: layout.auditLog, clock, log: logger });
  const auditor = new Auditor({ policy, clock, random, write: (line) => file.write(line) });
  return { auditor, wrap: (handler) => audited(handler, auditor), close: () => file.close() };
};
