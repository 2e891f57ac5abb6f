// What a cluster says of pod security where namespaces do not, and who is exempt from it.
// upstream: pod-security-admission/admission/api/{types,validation}
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import { each, type Check } from "#api/meta/check.ts";
import { duplicate, invalidValue, required, typeInvalid } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain } from "#api/meta/names.ts";
import type { FieldError } from "#api/meta/status.ts";
import { levelErrors, levelVersionOf, MODES, PRIVILEGED, versionErrors, type Mode, type Policy } from "./policy.ts";

/** Who is exempt. */
export type Exemptions = {
  readonly usernames: readonly string[];
  readonly runtimeClasses: readonly string[];
  readonly namespaces: readonly string[];
};

export type PodSecurityConfiguration = { readonly defaults: Policy; readonly exemptions: Exemptions };

/** What holds in a cluster that says nothing. */
export const defaultPodSecurity: PodSecurityConfiguration = {
  defaults: PRIVILEGED,
  exemptions: { usernames: [], runtimeClasses: [], namespaces: [] },
};

const nameCheck: { readonly [list in keyof Exemptions]: (name: string) => readonly string[] } = {
  usernames: () => [],
  runtimeClasses: dns1123Subdomain,
  namespaces: dns1123Label,
};

const LISTS = Object.keys(nameCheck) as readonly (keyof Exemptions)[];

const textIn = (object: JsonObject, key: string, otherwise: string): string => {
  const value = object[key];
  if (value === undefined || value === "") return otherwise;
  return typeof value === "string" ? value : JSON.stringify(value);
};

function* checkDefaults(defaults: JsonObject): Check {
  for (const mode of MODES) {
    yield* levelErrors(`defaults.${mode}`, textIn(defaults, mode, "privileged"));
    yield* versionErrors(`defaults.${mode}-version`, textIn(defaults, `${mode}-version`, "latest"));
  }
}

function* checkExemptions(exemptions: JsonObject): Check {
  for (const list of LISTS) {
    const names = exemptions[list] ?? [];
    if (!Array.isArray(names)) yield typeInvalid(`exemptions.${list}`, names, "must be a list");
    else yield* checkNames(`exemptions.${list}`, names.map(String), nameCheck[list]);
  }
}

function* checkNames(path: string, names: readonly string[], faultsOf: (name: string) => readonly string[]): Check {
  const seen = new Set<string>();
  for (const [name, at] of each(path, names)) {
    const faults = faultsOf(name);
    if (name === "") yield required(at);
    else if (faults.length > 0) yield invalidValue(at, name, faults.join(", "));
    else if (seen.has(name)) yield duplicate(at, name);
    seen.add(name);
  }
}

const partOf = (given: JsonObject, key: string): JsonObject => {
  const part = given[key];
  return isJsonObject(part) ? part : {};
};

/** What is wrong with a PodSecurityConfiguration. */
export const podSecurityErrors = (given: JsonObject): readonly FieldError[] => [
  ...checkDefaults(partOf(given, "defaults")),
  ...checkExemptions(partOf(given, "exemptions")),
];

/** A PodSecurityConfiguration without errors, read. */
export const podSecurityOf = (given: JsonObject): PodSecurityConfiguration => {
  const [defaults, exemptions] = [partOf(given, "defaults"), partOf(given, "exemptions")];
  const modeOf = (mode: Mode) => levelVersionOf(mode, textIn(defaults, mode, "privileged"), textIn(defaults, `${mode}-version`, "latest"));
  const listOf = (list: keyof Exemptions): readonly string[] => ((exemptions[list] ?? []) as readonly unknown[]).map(String);
  return {
    defaults: { enforce: modeOf("enforce"), audit: modeOf("audit"), warn: modeOf("warn") },
    exemptions: { usernames: listOf("usernames"), runtimeClasses: listOf("runtimeClasses"), namespaces: listOf("namespaces") },
  };
};
