import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as assert from "uvu/assert";
import { systemClock } from "#lib/clock.ts";
import type { StreamSink } from "#lib/api.ts";
import { formatLine, logTime, parseLine } from "#runtime/logs/line.ts";
import { readLog, type ReadOptions } from "#runtime/logs/read.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/logs");
const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const line = (index: number): string => formatLine(logTime(AT + index * 1000), "stdout", `line ${index}`, true);

const collector = (): { readonly sink: StreamSink; readonly text: () => string } => {
  const frames: string[] = [];
  return {
    sink: { write: (frame) => frames.push(new TextDecoder().decode(frame)) > 0, drained: () => Promise.resolve(), end: () => undefined },
    text: () => frames.join(""),
  };
};

const read = async (content: readonly string[], options: Partial<ReadOptions>): Promise<string> => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-logs-"));
  try {
    const [current = "", ...rotated] = content.toReversed();
    writeFileSync(join(dir, "0.log"), current);
    rotated.forEach((text, index) => writeFileSync(join(dir, `0.log.${index + 1}`), text));
    const { sink, text } = collector();
    await readLog(join(dir, "0.log"), { follow: false, timestamps: false, running: () => false, ...options }, sink, {
      clock: systemClock,
      signal: new AbortController().signal,
    });
    return text();
  } finally {
    rmSync(dir, { recursive: true });
  }
};

const ten = Array.from({ length: 10 }, (_, index) => line(index)).join("");

test("reads back what was written and refuses a torn line", () => {
  assert.equal(parseLine(line(3).slice(0, -1)), { at: "2026-01-02T03:04:08.000000000Z", stream: "stdout", text: "line 3\n" });
  assert.equal(parseLine(formatLine(logTime(AT), "stderr", "half", false).slice(0, -1))?.text, "half");
  assert.is(parseLine("stdout F"), undefined);
});
test("gives the whole log, or its last lines", async () => {
  assert.is((await read([ten], {})).split("\n").length, 11);
  assert.is(await read([ten], { tailLines: 2 }), "line 8\nline 9\n");
  assert.is(await read([ten], { tailLines: 0 }), "");
  assert.is((await read([ten], { tailLines: 99 })).split("\n").length, 11);
});
test("takes the last lines across rotated files", async () => {
  assert.is(await read([line(0) + line(1), line(2), line(3)], { tailLines: 3 }), "line 1\nline 2\nline 3\n");
  assert.is(await read([line(0) + line(1), line(2), line(3)], {}), "line 0\nline 1\nline 2\nline 3\n");
});
test("leaves out what is older, and writes instants when asked", async () => {
  assert.is(await read([ten], { sinceMs: AT + 8_500, timestamps: true }), "2026-01-02T03:04:14.000000000Z line 9\n");
});
test("stops at the byte limit", async () => {
  assert.is(await read([ten], { limitBytes: 10 }), "line 0\nlin");
});
test("finds the last lines beyond one chunk", async () => {
  const long = Array.from({ length: 5_000 }, (_, index) => line(index)).join("");
  assert.is((await read([long], { tailLines: 3_000 })).split("\n")[0], "line 2000");
});
test("follows through a rotation until the container ends", async () => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-logs-"));
  const path = join(dir, "0.log");
  writeFileSync(path, line(0));
  const { sink, text } = collector();
  let running = true;
  const done = readLog(path, { follow: true, timestamps: false, running: () => running }, sink, {
    clock: systemClock,
    signal: new AbortController().signal,
  });
  while (text() === "") await nextTurn();
  appendFileSync(path, line(1));
  renameSync(path, `${path}.1`);
  writeFileSync(path, line(2));
  running = false;
  await done;
  rmSync(dir, { recursive: true });
  assert.is(text(), "line 0\nline 1\nline 2\n");
});

test("marks frames by their stream when it is asked to", async () => {
  const of = (stream: "stdout" | "stderr", text: string): string => formatLine(logTime(AT), stream, text, true);
  const content = [of("stdout", "a"), of("stdout", "b"), of("stderr", "c"), of("stdout", "d")].join("");
  assert.is(await read([content], { marked: true }), "\u0001a\nb\n\u0002c\n\u0001d\n");
});
