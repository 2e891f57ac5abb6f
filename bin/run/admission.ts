// What the cluster's own file tells admission, if it has one.
import { existsSync, readFileSync } from "node:fs";
import { parseAdmission, type AdmissionConfiguration } from "#actors/api-server/admission/configuration.ts";
import type { Process } from "./process.ts";

/** Throws: when the file cannot be read. */
export const admissionOf = ({ layout }: Process): Partial<AdmissionConfiguration> =>
  existsSync(layout.admission) ? parseAdmission(readFileSync(layout.admission, "utf8")) : {};
