import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { ClusterError } from "#actors/cluster/definition.ts";
import type { Layout } from "#actors/cluster/layout.ts";
import { holderOf, recordedProcesses, releaseLock, stopLeftovers, takeLock } from "#actors/cluster/lock.ts";
import type { ProcessRecord } from "#actors/cluster/process/io.ts";
import { systemClock, sleep } from "#lib/clock.ts";
import { suite } from "#test/support/suite.ts";
import { inDirectory } from "./directory.ts";

const test = suite("cluster/lock");

/** A process that would run for long, with `word` on its command line. */
const running = async (word: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)", word], { stdio: "ignore" });
  await once(child, "spawn");
  return child;
};

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
};

const record = (layout: Layout, name: string, pid: number): void => {
  mkdirSync(layout.processes, { recursive: true });
  const content: ProcessRecord = { name, role: "test", address: "", pid, startedAt: "" };
  writeFileSync(join(layout.processes, `${name}.json`), JSON.stringify(content));
};

const wait = (ms: number): Promise<void> => sleep(systemClock, ms);

test("is held from taking to releasing, and may be taken twice by its holder", () =>
  inDirectory(({ lock }) => {
    assert.is(holderOf(lock), undefined);
    const taken = takeLock(lock);
    takeLock(lock);
    assert.is(holderOf(lock), process.pid);
    releaseLock(taken);
    assert.is(holderOf(lock), undefined);
  }));

test("directories that were made for it go with it while they are empty, and no others", () =>
  inDirectory(({ data }) => {
    const lock = join(data, "a", "b", "lock");
    releaseLock(takeLock(lock));
    assert.equal(readdirSync(data), []);
    const taken = takeLock(lock);
    writeFileSync(join(data, "a", "kept"), "");
    releaseLock(taken);
    assert.equal(readdirSync(join(data, "a")), ["kept"]);
    mkdirSync(join(data, "own"));
    releaseLock(takeLock(join(data, "own", "lock")));
    assert.equal(readdirSync(join(data, "own")), []);
  }));

test("refuses a directory that a living process holds, and takes it when that is gone", () =>
  inDirectory(async ({ data, lock }) => {
    const other = await running(data);
    try {
      takeLock(lock);
      const stat = readFileSync(`/proc/${other.pid ?? 0}/stat`, "utf8");
      const born = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
      writeFileSync(lock, JSON.stringify({ pid: other.pid, born }));
      assert.throws(
        () => takeLock(lock),
        (error: Error) =>
          error instanceof ClusterError &&
          error.message ===
            `${data}: in use by another cluster (process ${other.pid ?? 0}); stop it with 'orrery down', or give another directory with --data`,
      );
    } finally {
      await ended(other);
    }
    takeLock(lock);
    assert.is(holderOf(lock), process.pid);
  }));

test("knows another process that was given the holder's number from the holder", () =>
  inDirectory(({ lock }) => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid, born: "1" }));
    assert.is(holderOf(lock), undefined);
  }));

test("a lock that cannot be read is nobody's", () =>
  inDirectory(({ lock }) => {
    writeFileSync(lock, "{");
    assert.is(holderOf(lock), undefined);
  }));

test("lists what is recorded, and leaves out what cannot be read", () =>
  inDirectory((layout) => {
    assert.equal(recordedProcesses(layout.processes), []);
    record(layout, "b", 2);
    record(layout, "a", 1);
    writeFileSync(join(layout.processes, "c.json"), "{");
    assert.equal(
      recordedProcesses(layout.processes).map(({ name }) => name),
      ["a", "b"],
    );
  }));

test("stops what a dead supervisor left in its directory, and no other process", () =>
  inDirectory(async (layout) => {
    const ours = await running(layout.data);
    const theirs = await running("elsewhere");
    try {
      record(layout, "ours", ours.pid ?? 0);
      record(layout, "theirs", theirs.pid ?? 0); // the number was given to another process since
      record(layout, "gone", 2 ** 30);
      await stopLeftovers(layout.processes, layout.data, wait);
      assert.is(ours.signalCode ?? (await once(ours, "exit"))[1], "SIGTERM");
      assert.is(theirs.exitCode ?? theirs.signalCode, null);
      assert.not(existsSync(join(layout.processes, "theirs.json")));
    } finally {
      await ended(ours);
      await ended(theirs);
    }
  }));
