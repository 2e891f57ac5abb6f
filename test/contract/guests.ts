// What a guest is given and what it cannot reach, whichever host answers it: on real threads, with the toolbox of the examples.
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import type { ContainerConfig } from "#runtime/port.ts";
import type { OpenNode } from "#test/runtime/support.ts";
import { suite } from "#test/support/suite.ts";
import { run } from "./runtime.ts";

// The lines of the log, without instant, stream and tag.
const linesOf = async (opened: OpenNode, name = "main"): Promise<string[]> => {
  const text = await readFile(opened.logPath(name), "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ").slice(3).join(" "));
};

const outputOf = async (opened: OpenNode, args: readonly string[], rest: Partial<ContainerConfig> = {}): Promise<string[]> => {
  await (await run(opened, args, rest)).exited();
  return linesOf(opened);
};

/** The suite. `open` opens a node whose pods have the handler under test. */
export const guestContract = (name: string, open: () => Promise<OpenNode>): void => {
  const inner = suite(`guest contract: ${name}`, 20_000);
  const test = (what: string, body: (opened: OpenNode) => Promise<void>): void =>
    inner(what, async () => {
      await using opened = await open();
      await body(opened);
    });

  test("arguments, environment and the pod's files are there", async (opened) => {
    const env = [
      { name: "COLOUR", value: "a=b" },
      { name: "EMPTY", value: "" },
    ];
    const args = [
      "args",
      "then",
      "env",
      "COLOUR",
      "then",
      "env",
      "HOSTNAME",
      "then",
      "cat",
      "/etc/hostname",
      "then",
      "cat",
      "/etc/resolv.conf",
    ];
    const lines = await outputOf(opened, args, { env, workingDir: "/work" });
    assert.is(lines[0], `toolbox|${args.join("|")}`);
    assert.equal(lines.slice(1, 4), ["a=b", "pod-1", "pod-1"]);
    assert.equal(lines.slice(4), ["search default.svc.cluster.local", "nameserver 10.96.0.10", "options ndots:5"]);
  });

  test("a guest's own root is its own, and is gone with its container", async (opened) => {
    const one = await run(opened, ["put", "/file", "mine", "then", "cat", "/file", "then", "ls", "/"]);
    await one.exited();
    assert.equal(await linesOf(opened), ["mine", "etc", "file"]);
    await opened.runtime.remove(one.id);
    assert.equal(await readdir(join(opened.dir, "data/containers")), []);
  });

  test("a root that may only be read is only read", async (opened) => {
    const lines = await outputOf(opened, ["cat", "/etc/hostname", "then", "put", "/file", "x"], { readOnlyRootFilesystem: true });
    assert.equal(lines, ["pod-1", "/file: error 69"]);
  });

  test("mounts are where they should be, with their ways and their rights", async (opened) => {
    const volume = join(opened.dir, "volume");
    await mkdir(join(volume, "..data_1"), { recursive: true });
    await writeFile(join(volume, "..data_1/key"), "value\n");
    await symlink("..data_1", join(volume, "..data"));
    await symlink("..data/key", join(volume, "key"));
    const mounts = [
      { hostPath: volume, guestPath: "/etc/config", readOnly: true },
      { hostPath: join(volume, "key"), guestPath: "/var/run/one/key", readOnly: true },
    ];
    const args = [
      "cat",
      "/etc/config/key",
      "then",
      "cat",
      "/var/run/one/key",
      "then",
      "ls",
      "/var/run",
      "then",
      "put",
      "/etc/config/new",
      "x",
    ];
    assert.equal(await outputOf(opened, args, { mounts }), ["value", "value", "one", "/etc/config/new: error 69"]);
  });

  test("a part of a volume is mounted, made when it is not there, and never outside of it", async (opened) => {
    const volume = join(opened.dir, "volume");
    await mkdir(volume);
    await symlink("/etc", join(volume, "escape"));
    const mount = (subPath: string) => ({ hostPath: volume, guestPath: "/data", readOnly: false, subPath });
    assert.equal(await outputOf(opened, ["put", "/data/file", "text"], { mounts: [mount("a/b")] }), []);
    assert.is(await readFile(join(volume, "a/b/file"), "utf8"), "text\n");
    const error = await run(opened, ["ls", "/data"], { mounts: [mount("escape")] }).catch((cause: unknown) => cause);
    assert.is((error as Error).message, "EPERM");
  });

  test("no path leads out of a mount (R1)", async (opened) => {
    const volume = join(opened.dir, "volume");
    await mkdir(volume);
    await symlink("/etc", join(volume, "absolute"));
    await symlink("..", join(volume, "up"));
    const mounts = [{ hostPath: volume, guestPath: "/data", readOnly: false }];
    const attempt = async (path: string): Promise<string | undefined> => (await outputOf(opened, ["cat", path], { mounts })).at(-1);
    assert.is(await attempt("/data/absolute/hostname"), "/data/absolute/hostname: error 63");
    assert.is(await attempt("/data/up/data/containers"), "/data/up/data/containers: error 44", "up is the guest's own root");
    assert.is(await attempt("../../../../etc/passwd"), "../../../../etc/passwd: error 63");
    const made = await outputOf(opened, ["link", "/etc", "/data/own", "then", "ls", "/data/own"], { mounts });
    assert.is(made.at(-1), "/data/own: error 63");
  });

  test("a guest that listens is reached at its pod's address", async (opened) => {
    const ports = [{ containerPort: 8080, protocol: "TCP" }];
    const watched = await run(opened, ["serve"], { ports });
    const [sandbox] = await opened.runtime.sandboxes();
    for (let times = 0; times < 3; times++) {
      // one request after the other, as one guest answers them
      const response = await fetch(`http://${sandbox?.ip}:8080/`);
      assert.is(await response.text(), "pod-1\n");
    }
    await opened.runtime.stop(watched.id, 1000);
    assert.is(watched.last?.exitCode, 143);
  });

  test("a CPU limit holds", async (opened) => {
    const watched = await run(opened, ["loop"], { cpuLimitMilli: 100 });
    await new Promise((resolve) => setTimeout(resolve, 600));
    const [usage] = await opened.runtime.usage();
    const usedMs = (usage?.cpuNanos ?? 0) / 1e6;
    assert.ok(usedMs > 5 && usedMs < 200, `used ${usedMs} ms of 600`);
    await opened.runtime.stop(watched.id, 0);
  });

  test("where a guest trapped is in its log", async (opened) => {
    const lines = await outputOf(opened, ["trap"]);
    assert.is(lines[0], "trap: unreachable");
    assert.ok(lines[1]?.includes("wasm-function["));
  });
};
