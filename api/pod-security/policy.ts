// What a namespace's labels ask of its pods. upstream: pod-security-admission/api/helpers.go
import { invalidValue } from "#api/meta/field-error.ts";
import type { Labels } from "#api/meta/selector.ts";
import type { FieldError } from "#api/meta/status.ts";

const LEVELS = ["privileged", "baseline", "restricted"] as const;

export type Level = (typeof LEVELS)[number];

/** A level of some version's rules; `minor` undefined: the newest. */
export type LevelVersion = { readonly level: Level; readonly minor: number | undefined };

export const MODES = ["enforce", "audit", "warn"] as const;
export type Mode = (typeof MODES)[number];

/** `enforce` refuses, `audit` tells the audit log, `warn` the client. */
export type Policy = { readonly [mode in Mode]: LevelVersion };

/** The labels that say a mode's level, and whose version's rules it means. */
const LABELS = {
  enforce: { level: "pod-security.kubernetes.io/enforce", version: "pod-security.kubernetes.io/enforce-version" },
  audit: { level: "pod-security.kubernetes.io/audit", version: "pod-security.kubernetes.io/audit-version" },
  warn: { level: "pod-security.kubernetes.io/warn", version: "pod-security.kubernetes.io/warn-version" },
} as const satisfies { readonly [mode in Mode]: { readonly level: string; readonly version: string } };

/** True when a label says something of the mode. */
export const isLabelled = (labels: Labels | undefined, mode: Mode): boolean =>
  labels !== undefined && (labels[LABELS[mode].level] ?? labels[LABELS[mode].version]) !== undefined;

const NONE: LevelVersion = { level: "privileged", minor: undefined };

/** The policy of namespaces whose cluster says nothing else. */
export const PRIVILEGED: Policy = { enforce: NONE, audit: NONE, warn: NONE };

const VERSION = /^v1\.(0|[1-9]\d*)$/;

const levelOf = (text: string): Level | undefined => LEVELS.find((level) => level === text);

const minorOf = (text: string): number | undefined => {
  const [, minor] = VERSION.exec(text) ?? [];
  return minor === undefined ? undefined : Number(minor);
};

/** What is wrong with a level, as a field at `path`. */
export const levelErrors = (path: string, text: string): readonly FieldError[] =>
  levelOf(text) === undefined ? [invalidValue(path, text, `must be one of ${LEVELS.join(", ")}`)] : [];

/** What is wrong with a version, as a field at `path`. */
export const versionErrors = (path: string, text: string): readonly FieldError[] =>
  text === "latest" || VERSION.test(text) ? [] : [invalidValue(path, text, 'must be "latest" or "v1.x"')];

/** A level as texts say it. Of one that cannot be read only the enforced counts, as the strictest. */
export const levelVersionOf = (mode: Mode, level: string, version: string): LevelVersion => ({
  level: levelOf(level) ?? (mode === "enforce" ? "restricted" : "privileged"),
  minor: minorOf(version),
});

const readMode = (labels: Labels, mode: Mode, by: LevelVersion): LevelVersion => {
  const level = labels[LABELS[mode].level];
  const version = labels[LABELS[mode].version];
  if (level === undefined && version === undefined) return by;
  const read = levelVersionOf(mode, level ?? by.level, version ?? "latest");
  return version === undefined ? { ...read, minor: by.minor } : read;
};

/** The policy that labels make; what they do not say is as the cluster's `defaults`. Who is not told when to warn warns of what is refused. */
export const policyOf = (labels: Labels | undefined, defaults: Policy = PRIVILEGED): Policy => {
  if (labels === undefined) return defaults;
  const [enforce, audit, warn] = [
    readMode(labels, "enforce", defaults.enforce),
    readMode(labels, "audit", defaults.audit),
    readMode(labels, "warn", defaults.warn),
  ];
  const isSilent = labels[LABELS.warn.level] === undefined && labels[LABELS.enforce.level] !== undefined;
  if (!isSilent || !isStricter(enforce, warn)) return { enforce, audit, warn };
  const minor = labels[LABELS.warn.version] === undefined ? enforce.minor : warn.minor;
  return { enforce, audit, warn: { level: enforce.level, minor } };
};

/** Every label that cannot be read. */
export const policyErrors = (labels: Labels = {}): readonly FieldError[] =>
  MODES.flatMap((mode) => {
    const names = LABELS[mode];
    const [level, version] = [labels[names.level], labels[names.version]];
    return [
      ...(level === undefined ? [] : levelErrors(`metadata.labels[${names.level}]`, level)),
      ...(version === undefined ? [] : versionErrors(`metadata.labels[${names.version}]`, version)),
    ];
  });

const isStricter = (a: LevelVersion, b: LevelVersion): boolean => LEVELS.indexOf(a.level) > LEVELS.indexOf(b.level);

/** True when the first may ask more than the second: a higher level, or another version's rules of a level that has some. */
export const mayAskMore = (a: LevelVersion, b: LevelVersion): boolean =>
  a.level !== "privileged" && (a.minor !== b.minor || isStricter(a, b));

/** True when the policy forbids nothing and tells nobody. */
export const isPrivileged = (policy: Policy): boolean => MODES.every((mode) => policy[mode].level === "privileged");

/** True when both ask the same: whose version's rules allow everything makes no difference. */
export const isEquivalent = (a: Policy, b: Policy): boolean =>
  MODES.every((mode) => a[mode].level === b[mode].level && (a[mode].level === "privileged" || a[mode].minor === b[mode].minor));

/** `baseline:latest`, `restricted:v1.30` */
export const levelText = ({ level, minor }: LevelVersion): string => `${level}:${minor === undefined ? "latest" : `v1.${minor}`}`;
