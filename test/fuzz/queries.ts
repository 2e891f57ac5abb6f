// What follows the question mark.
import { PATCHES } from "./patches.ts";
import { NAMES } from "./objects.ts";
import type { Dice } from "./dice.ts";

const SELECTORS = [
  "a",
  "a=b",
  "a in (b,c)",
  "!a",
  "a=b,a!=b",
  "=",
  "in",
  "a in ()",
  "a>1",
  "a>99999999999999999999",
  ",",
  "\u0000",
  "(((",
  "__proto__=x",
  "constructor",
  `a in (${"b,".repeat(300)}c)`,
  "x/".repeat(50),
];
const FIELDS = [
  "metadata.name=a",
  "metadata.namespace!=b",
  "spec.nodeName=",
  "status.phase=Running",
  "spec.image=a",
  "x=y",
  "=",
  "a==b",
  "\\",
  "a=\\,\\=\\x",
  "constructor=a",
  "metadata.__proto__=a",
];
const REVISIONS = ["", "0", "1", "7", "-1", "x", "1e3", "00", "99999999999999999999999"];
const FLAGS = ["", "0", "1", "true", "false", "x"];
const QUERY: { readonly [name: string]: readonly string[] } = {
  limit: ["0", "1", "2", "500", "-1", "x", "9223372036854775808"],
  resourceVersion: REVISIONS,
  resourceVersionMatch: ["Exact", "NotOlderThan", "", "x"],
  labelSelector: SELECTORS,
  fieldSelector: FIELDS,
  watch: FLAGS,
  timeoutSeconds: ["1", "0", "-1", "x", "9223372036854775807"],
  allowWatchBookmarks: FLAGS,
  sendInitialEvents: FLAGS,
  dryRun: ["All", "", "x"],
  fieldManager: ["m", "", "x".repeat(200), "\u0007"],
  fieldValidation: ["Strict", "Warn", "Ignore", "x"],
  force: FLAGS,
  propagationPolicy: ["Orphan", "Foreground", "Background", "x", ""],
  gracePeriodSeconds: ["0", "1", "-1", "x"],
  orphanDependents: FLAGS,
  pretty: FLAGS,
  includeObject: ["None", "Metadata", "Object", "x"],
  container: NAMES,
  command: ["a", ""],
  stdin: FLAGS,
  stdout: FLAGS,
  path: ["a", "../..", "http://example.com"],
  ports: ["80", "x", "99999"],
  tailLines: ["1", "-1", "x"],
  sinceTime: ["2026-01-01T00:00:00Z", "x"],
  limitBytes: ["1", "-1"],
  timeout: ["1s", "x", "-1s", "99999999h"],
  __proto__x: [""],
};

/** Tokens of other lists, of no list, and none. */
const TOKENS = ["", "x", "eyJ2IjoibWV0YSJ9", "bnVsbA", "MQ", "%%"];
const token = (dice: Dice): string => {
  if (dice.oneIn(3)) return dice.pick(TOKENS);
  const v = dice.oneIn(10) ? "v2" : "meta.k8s.io/v1";
  const rv = dice.pick<unknown>([-1, 0, 1, 5, 1.5, 2 ** 53, "1", null]);
  const start = dice.pick<unknown>(["default/a", "/a", "a", "", "default/\u0000", "../../etc", "\u{10FFFF}/x", 1, null, "default/a\u0000"]);
  return Buffer.from(JSON.stringify({ v, rv, start })).toString(dice.oneIn(5) ? "base64" : "base64url");
};

const pair = (dice: Dice, name: string): string => {
  const value = name === "continue" ? token(dice) : dice.pick(QUERY[name] ?? [""]);
  return `${name}=${encodeURIComponent(value.toWellFormed())}`;
};

const LIST = ["limit", "continue", "resourceVersion", "resourceVersionMatch", "labelSelector", "fieldSelector", "timeoutSeconds"];
const WATCH = ["resourceVersion", "resourceVersionMatch", "sendInitialEvents", "allowWatchBookmarks", "labelSelector", "limit", "continue"];

/** Queries that go with what is asked: most would otherwise end at the first rule. */
const usual = (dice: Dice, method: string, type: string | undefined): readonly string[] => {
  if (method === "PATCH" && type === PATCHES[3] && !dice.oneIn(10))
    return [`fieldManager=${dice.pick(["m", "n"])}`, ...(dice.oneIn(2) ? ["force=true"] : [])];
  if (method !== "GET" || !dice.oneIn(4)) return [];
  if (!dice.oneIn(2)) return Array.from({ length: dice.below(4) }, () => pair(dice, dice.pick(LIST)));
  return ["watch=true", ...Array.from({ length: dice.below(4) }, () => pair(dice, dice.pick(WATCH)))];
};

/** The query of a request, with its question mark when it is not empty. */
export const queryOf = (dice: Dice, method: string, type: string | undefined): string => {
  const others = Array.from({ length: dice.oneIn(2) ? 0 : dice.below(3) }, () =>
    pair(dice, dice.pick([...Object.keys(QUERY), "continue"])),
  );
  const pairs = [...usual(dice, method, type), ...others];
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
};
