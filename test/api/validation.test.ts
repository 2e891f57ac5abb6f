// What validation says, as tables: each file of test/golden/validation is about one kind. A case is a new object (`with`) or
// a change (`from`, `to`), each a patch of `base`: objects and lists are patched item by item, null takes a field away, an
// empty list empties. `raw` patches what the server has already completed. UPDATE_GOLDEN=1 writes the errors anew, to be
// read before they are committed.
import type { Kind } from "#api/kind.ts";
import { kindByGvk } from "#api/resources.ts";
import { changed, created, problems, type Loose } from "#test/support/kinds.ts";
import { suite } from "#test/support/suite.ts";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parseDocument } from "yaml";

type Case = {
  readonly it: string;
  readonly with?: Loose;
  readonly from?: Loose;
  readonly to?: Loose;
  readonly raw?: boolean;
  readonly subresource?: string;
  readonly errors?: readonly string[];
};
type Table = { readonly base: Loose; readonly cases: readonly Case[] };

const test = suite("validation");
const DIR = join(import.meta.dirname, "..", "golden", "validation");
const isUpdating = process.env["UPDATE_GOLDEN"] === "1";

const kindFor = ({ apiVersion, kind }: Loose): Kind => {
  const [version = "", group = ""] = String(apiVersion).split("/").toReversed();
  const found = kindByGvk(group, version, String(kind));
  if (found === undefined) throw new Error(`no kind ${String(apiVersion)} ${String(kind)}`);
  return found;
};

const isObject = (value: unknown): value is Loose => typeof value === "object" && value !== null && !Array.isArray(value);

const patchedList = (list: readonly unknown[], patch: readonly unknown[]): readonly unknown[] =>
  patch.length === 0
    ? []
    : Array.from({ length: Math.max(list.length, patch.length) }, (_, at) => (at in patch ? patchedValue(list[at], patch[at]) : list[at]));

const patchedValue = (value: unknown, patch: unknown): unknown => {
  if (Array.isArray(patch)) return patchedList(Array.isArray(value) ? value : [], patch);
  return isObject(patch) ? patched(isObject(value) ? value : {}, patch) : patch;
};

const patched = (object: Loose, patch: Loose = {}): Loose => {
  const entries = Object.entries(patch).map(([field, value]) => [field, patchedValue(object[field], value)] as const);
  return Object.fromEntries(Object.entries({ ...object, ...Object.fromEntries(entries) }).filter(([, value]) => value !== null));
};

const make = (kind: Kind, base: Loose, patch: Loose | undefined, raw: boolean): Loose =>
  raw ? patched(created(kind, base) as Loose, patch) : (created(kind, patched(base, patch)) as Loose);

const errorsOf = (kind: Kind, base: Loose, { with: given, from, to, raw = false, subresource = "" }: Case): readonly string[] => {
  if (to === undefined) return problems(kind, make(kind, base, given, raw));
  const old = make(kind, base, from, raw);
  const now = raw ? patched(old, to) : changed(kind, patched(old, to), old, subresource);
  return problems(kind, now, old, subresource);
};

for (const file of readdirSync(DIR)) {
  const document = parseDocument(readFileSync(join(DIR, file), "utf8"));
  const { base, cases } = document.toJS() as Table;
  const kind = kindFor(base);
  for (const [at, one] of cases.entries()) {
    test(`${file.replace(".yaml", "")}: ${one.it}`, () => {
      const errors = errorsOf(kind, base, one);
      if (isUpdating) document.setIn(["cases", at, "errors"], document.createNode(errors));
      else assert.equal(errors, one.errors ?? []);
    });
  }
  if (isUpdating) test(`${file} is written`, () => writeFileSync(join(DIR, file), document.toString({ lineWidth: 0 })));
}
