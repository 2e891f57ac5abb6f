import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleepMs } from "node:timers/promises";
import * as assert from "uvu/assert";
import { SupervisedProcess } from "#actors/cluster/process/io.ts";
import { systemClock } from "#lib/clock.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("cluster/process", 15_000);

/** Says `held` once it is loaded, and is ready when it may begin. Listening on keeps it alive. */
const HOLDS = `
require("node:fs").appendFileSync(process.argv[1], "held\\n");
process.on("message", () => { require("node:fs").appendFileSync(process.argv[1], "begun\\n"); process.send({ ready: true }); });
`;
const DEAF = `process.on("SIGTERM", () => undefined); process.send({ ready: true }); setInterval(() => undefined, 1_000);`;

const withProcess = async (
  code: string,
  body: (process: SupervisedProcess, said: () => string, record: string) => Promise<void>,
): Promise<void> => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-process-"));
  const said = join(dir, "said");
  const supervised = new SupervisedProcess(
    {
      name: "child",
      role: "test",
      address: "",
      command: process.execPath,
      args: ["-e", code, said],
      env: {},
      logPath: join(dir, "log"),
      processes: join(dir, "run"),
      ipc: true,
      graceMs: 200,
    },
    systemClock,
  );
  try {
    await body(supervised, () => (existsSync(said) ? readFileSync(said, "utf8") : ""), join(dir, "run", "child.json"));
  } finally {
    await supervised.stop();
    rmSync(dir, { recursive: true });
  }
};

const until = async (holds: () => boolean): Promise<void> => {
  // oxlint-disable-next-line no-await-in-loop -- waiting for another process
  while (!holds()) await sleepMs(5);
};

test("a child loads at once, and works when it may begin", () =>
  withProcess(HOLDS, async (supervised, said, record) => {
    await until(() => said() === "held\n");
    supervised.begin();
    await supervised.ready(10_000);
    assert.is(said(), "held\nbegun\n");
    assert.is((JSON.parse(readFileSync(record, "utf8")) as { pid: number }).pid, supervised.pid);
  }));

test("a child that died is started again and may begin at once", () =>
  withProcess(HOLDS, async (supervised, said) => {
    supervised.begin();
    await supervised.ready(10_000);
    process.kill(supervised.pid ?? 0, "SIGKILL");
    await until(() => said() === "held\nbegun\nheld\nbegun\n");
    assert.is(supervised.restarts, 1);
  }));

test("a child that does not end at SIGTERM is killed after its grace", () =>
  withProcess(DEAF, async (supervised, _, record) => {
    await supervised.ready(10_000);
    const { pid } = supervised;
    await supervised.stop();
    assert.not(existsSync(record));
    assert.throws(() => process.kill(pid ?? 0, 0), /ESRCH/);
  }));
