import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { array, assert as check, constantFrom, oneof, property, record } from "fast-check";
import * as assert from "uvu/assert";
import { codeOf } from "#runtime/wasi/filesystem/file-error.ts";
import { stat } from "#runtime/wasi/filesystem/files.ts";
import { suite } from "#test/support/suite.ts";
import { openSandbox } from "./sandbox.ts";

const test = suite("walk", 20_000);

const segment = constantFrom("a", "b", "link", "other", "..", ".", "outside", "secret");
const path = array(segment, { minLength: 1, maxLength: 6 }).map((segments) => segments.join("/"));
const place = array(constantFrom("a", "b"), { maxLength: 2 }).map((segments) => segments.join("/"));

const quietly = (act: () => void): void => {
  try {
    act();
  } catch {
    // the place is taken
  }
};

test("whatever links there are, a path reaches nothing that is not inside (R1)", () => {
  const target = oneof(path, constantFrom("../outside", "../../outside", "../outside/secret", "link", "other", "a/link"));
  const links = array(record({ at: place, name: constantFrom("link", "other"), target }), { maxLength: 6 });
  check(
    property(links, array(path, { minLength: 1, maxLength: 8 }), (made, paths) => {
      using sandbox = openSandbox();
      const { base, inside } = sandbox;
      mkdirSync(join(inside, "a/b"), { recursive: true });
      mkdirSync(join(inside, "b"));
      writeFileSync(join(inside, "a/secret"), "of the guest");
      for (const { at, name, target: to } of made) quietly(() => symlinkSync(to, join(inside, dirname(`${at}/x`), name)));
      for (const each of paths) {
        try {
          const { size, isDirectory } = { size: stat(base, each, true).size, isDirectory: stat(base, each, true).isDirectory() };
          assert.ok(isDirectory || size !== 6n, `${each} reached the secret`);
        } catch (error) {
          assert.ok(codeOf(error) !== undefined, String(error));
        }
      }
    }),
    { numRuns: 100 },
  );
});
