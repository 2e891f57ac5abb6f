// `semver("1.2.3")`. upstream: k8s.io/apiserver/pkg/cel/library/semverlib.go, github.com/blang/semver
import { fn, method, type Overload } from "../overload.ts";
import { BOOL, INT, opaque, STRING } from "../types.ts";
import { EvalError, Opaque, type Value } from "../values.ts";

class Semver extends Opaque {
  readonly type = "kubernetes.Semver";
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    super();
    this.numbers = numbers;
    this.pre = pre;
  }

  equals(other: Opaque): boolean {
    return other instanceof Semver && compare(this, other) === 0;
  }
}

const SEMVER = opaque("kubernetes.Semver");
const NUMBER = "(0|[1-9]\\d{0,40})";
const PART = "(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)";
const SHAPE = new RegExp(`^${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${PART}(?:\\.${PART})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`);

const parse = (text: string): Semver | undefined => {
  const [, major, minor, patch, pre] = SHAPE.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return new Semver([BigInt(major), BigInt(minor), BigInt(patch)], pre === undefined ? [] : pre.split("."));
};

/** `v1.0` is `1.0.0`. upstream: normalizeAndParse */
const normalized = (text: string): string => {
  const [, core = "", rest = ""] = /^v?([0-9.]*)(.*)$/s.exec(text) ?? [];
  const numbers = core.split(".").map((part) => part.replace(/^0+(?=\d)/, ""));
  return [...numbers, "0", "0"].slice(0, Math.max(3, numbers.length)).join(".") + rest;
};

const semver = (text: string): Semver => {
  const parsed = parse(text);
  if (parsed === undefined) throw new EvalError("Invalid semver parse error during conversion from string: " + text);
  return parsed;
};

const compare = (a: Semver, b: Semver): number => {
  for (const [at, number] of a.numbers.entries()) {
    const other = b.numbers[at] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  return comparePre(a.pre, b.pre);
};

/** One without a prerelease comes after those with. */
const comparePre = (a: readonly string[], b: readonly string[]): number => {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const order = comparePart(a[at] ?? "", b[at] ?? "");
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
};

/** Numbers come before words, a shorter number before a longer. */
const comparePart = (a: string, b: string): number => {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left !== right) return left ? -1 : 1;
  const order = left ? Math.sign(a.length - b.length) : 0;
  return order === 0 ? compareText(a, b) : order;
};

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

const of = (value: Value | undefined): Semver => value as Semver;
const text = (value: Value | undefined, normalize: Value | undefined = false): string =>
  normalize === true ? normalized(value as string) : (value as string);

/** Functions on versions. */
export const semvers: readonly Overload[] = [
  fn("semver", [STRING], SEMVER, ([a]) => semver(text(a))),
  fn("semver", [STRING, BOOL], SEMVER, ([a, normalize]) => semver(text(a, normalize))),
  fn("isSemver", [STRING], BOOL, ([a]) => parse(text(a)) !== undefined),
  fn("isSemver", [STRING, BOOL], BOOL, ([a, normalize]) => parse(text(a, normalize)) !== undefined),
  method("major", [SEMVER], INT, ([a]) => of(a).numbers[0] ?? 0n),
  method("minor", [SEMVER], INT, ([a]) => of(a).numbers[1] ?? 0n),
  method("patch", [SEMVER], INT, ([a]) => of(a).numbers[2] ?? 0n),
  method("compareTo", [SEMVER, SEMVER], INT, ([a, b]) => BigInt(compare(of(a), of(b)))),
  method("isLessThan", [SEMVER, SEMVER], BOOL, ([a, b]) => compare(of(a), of(b)) < 0),
  method("isGreaterThan", [SEMVER, SEMVER], BOOL, ([a, b]) => compare(of(a), of(b)) > 0),
];
