// Files that the user gives to `orrery up`: checked, then kept in the data directory, where the API server finds them.
import { readFileSync, writeFileSync } from "node:fs";
import { parseAdmission } from "#actors/api-server/admission/configuration.ts";
import { parsePolicy } from "#actors/api-server/audit/policy.ts";
import { parseEncryption } from "#actors/store/encryption/config.ts";
import { ClusterError } from "#actors/cluster/definition.ts";
import type { Layout } from "#actors/cluster/layout.ts";
import type { UpOptions } from "../command/options.ts";

type Given = { readonly from: string | undefined; readonly to: string; readonly check: (text: string) => unknown };

/** Checks what was given, and answers how it is put into place. Throws: ClusterError. */
export const givenFiles = (layout: Layout, { auditPolicy, admissionConfig, encryptionConfig }: UpOptions): (() => void) => {
  const given: readonly Given[] = [
    { from: auditPolicy, to: layout.auditPolicy, check: parsePolicy },
    { from: admissionConfig, to: layout.admission, check: parseAdmission },
    { from: encryptionConfig, to: layout.encryption, check: parseEncryption },
  ];
  const texts = given.flatMap(({ from, to, check }) => (from === undefined ? [] : [{ to, text: checked(from, check) }]));
  return () => texts.forEach(({ to, text }) => writeFileSync(to, text, { mode: 0o600 }));
};

const checked = (path: string, check: Given["check"]): string => {
  try {
    const text = readFileSync(path, "utf8");
    check(text);
    return text;
  } catch (error) {
    throw new ClusterError(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};
