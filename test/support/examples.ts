// The minimal and the maximal example of every kind, from test/golden/kinds.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "#api/kind.ts";
import { parse } from "yaml";
import type { Loose } from "./kinds.ts";

/** What is known of a kind by example. */
export type Examples = { readonly minimal: Loose; readonly maximal: Loose };

const DIR = join(import.meta.dirname, "..", "golden", "kinds");
const examples = new Map(
  readdirSync(DIR).flatMap((file) =>
    Object.entries(parse(readFileSync(join(DIR, file), "utf8"), { merge: true }) as { readonly [kind: string]: Examples }),
  ),
);

/** The examples of a kind; undefined: there are none. */
export const examplesOf = ({ group, version, kind }: Kind): Examples | undefined =>
  examples.get(`${group}/${version}/${kind}`) ?? examples.get(group === "" ? kind : `${group}/${kind}`);
