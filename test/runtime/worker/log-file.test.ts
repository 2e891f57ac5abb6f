import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { parseLine } from "#runtime/logs/line.ts";
import { LogFile } from "#runtime/worker/log-file.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("log file");

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const open = () => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-log-"));
  const path = join(dir, "pod/main/0.log");
  const lines = (file = path): string[] => readFileSync(file, "utf8").split("\n").slice(0, -1);
  // Each line as `stream tag text`.
  const said = (): string[] => lines().map((line) => line.slice(line.indexOf(" ") + 1));
  return { path, log: new LogFile(path), lines, said, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
};

test("lines are written when they end, each with its instant and stream", () => {
  using opened = open();
  const { log, said, lines } = opened;
  log.write("stdout", encode("one\ntw"));
  log.write("stderr", encode("bad\n"));
  log.write("stdout", encode("o\n\nthree\n"));
  log.close();
  assert.equal(said(), ["stdout F one", "stderr F bad", "stdout F two", "stdout F ", "stdout F three"]);
  assert.ok(lines().every((line) => parseLine(line) !== undefined));
});

test("what has no end is written when the log is closed", () => {
  using opened = open();
  opened.log.write("stdout", encode("no newline"));
  assert.equal(opened.said(), []);
  opened.log.close();
  assert.equal(opened.said(), ["stdout F no newline"]);
});

test("a long line is written in parts", () => {
  using opened = open();
  opened.log.write("stdout", encode("x".repeat(40_000)));
  opened.log.write("stdout", encode("y\n"));
  opened.log.close();
  const parts = opened.said().map((line) => [line.slice(0, 8), line.length - 9]);
  assert.equal(parts, [
    ["stdout P", 16_384],
    ["stdout P", 16_384],
    ["stdout F", 40_001 - 2 * 16_384],
  ]);
});

test("bytes that are not text stay what they are", () => {
  using opened = open();
  opened.log.write("stdout", Uint8Array.of(0xff, 0xfe, 10));
  opened.log.close();
  assert.ok(readFileSync(opened.path).includes(Buffer.from([0xff, 0xfe, 10])));
});

test("files are rotated, and no more than five are kept", () => {
  using opened = open();
  const megabyte = encode(`${"x".repeat(1023)}\n`.repeat(1024));
  for (let index = 0; index < 70; index++) opened.log.write("stdout", megabyte);
  opened.log.close();
  const kept = ["", ".1", ".2", ".3", ".4", ".5"].map((suffix) => existsSync(opened.path + suffix));
  assert.equal(kept, [true, true, true, true, true, false]);
  assert.ok(statSync(`${opened.path}.1`).size <= 10 * 1024 * 1024);
  const [last] = opened.lines(`${opened.path}.1`).slice(-1);
  const [first] = opened.lines();
  assert.ok((last ?? "") <= (first ?? ""), "the newest of the old ends before the current begins");
});

test("a log that is there is continued", () => {
  using opened = open();
  opened.log.write("stdout", encode("before\n"));
  opened.log.close();
  const again = new LogFile(opened.path);
  again.write("stdout", encode("after\n"));
  again.close();
  assert.equal(opened.said(), ["stdout F before", "stdout F after"]);
});
