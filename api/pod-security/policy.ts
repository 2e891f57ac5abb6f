// What a namespace's labels ask of its pods. upstream: pod-security-admission/api/helpers.go
import { invalidValue } from "#api/meta/field-error.ts";
import type { Labels } from "#api/meta/selector.ts";
import type { FieldError } from "#api/meta/status.ts";

const LEVELS = ["privileged", "baseline", "restricted"] as const;

export type Level = (typeof LEVELS)[number];

/** A level of some version's rules; `minor` undefined: the newest. */
export type LevelVersion = { readonly level: Level; readonly minor: number | undefined };

/** `enforce` refuses, `warn` tells the client. */
export type Policy = { readonly enforce: LevelVersion; readonly warn: LevelVersion };

const PREFIX = "pod-security.kubernetes.io/";
const MODES = ["enforce", "audit", "warn"] as const;
const NONE: LevelVersion = { level: "privileged", minor: undefined };

const VERSION = /^v1\.(0|[1-9]\d*)$/;

const levelOf = (text: string | undefined): Level | undefined => LEVELS.find((level) => level === text);

const readMode = (labels: Labels, mode: (typeof MODES)[number]): LevelVersion | undefined => {
  const level = levelOf(labels[`${PREFIX}${mode}`]);
  const [, minor] = VERSION.exec(labels[`${PREFIX}${mode}-version`] ?? "") ?? [];
  return level === undefined ? undefined : { level, minor: minor === undefined ? undefined : Number(minor) };
};

/** The policy that labels make; what cannot be read counts as not said. Who is not told when to warn warns of what is refused. */
export const policyOf = (labels: Labels = {}): Policy => {
  const enforce = readMode(labels, "enforce") ?? NONE;
  return { enforce, warn: readMode(labels, "warn") ?? enforce };
};

/** Every label that cannot be read. */
export const policyErrors = (labels: Labels = {}): readonly FieldError[] =>
  MODES.flatMap((mode) => {
    const [level, version] = [labels[`${PREFIX}${mode}`], labels[`${PREFIX}${mode}-version`]];
    const at = `metadata.labels[${PREFIX}${mode}`;
    return [
      ...(level === undefined || levelOf(level) !== undefined
        ? []
        : [invalidValue(`${at}]`, level, `must be one of ${LEVELS.join(", ")}`)]),
      ...(version === undefined || version === "latest" || VERSION.test(version)
        ? []
        : [invalidValue(`${at}-version]`, version, 'must be "latest" or "v1.x"')]),
    ];
  });

/** True when the first may ask more than the second: a higher level, or the rules of another version. */
export const mayAskMore = (a: LevelVersion, b: LevelVersion): boolean =>
  a.minor !== b.minor || LEVELS.indexOf(a.level) > LEVELS.indexOf(b.level);

/** `baseline:latest`, `restricted:v1.30` */
export const levelText = ({ level, minor }: LevelVersion): string => `${level}:${minor === undefined ? "latest" : `v1.${minor}`}`;
