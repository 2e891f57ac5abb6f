// How guests share threads, and what they cannot do to others: on real threads.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { run, sandboxOf, Watched } from "#test/contract/runtime.ts";
import { suite } from "#test/support/suite.ts";
import { openNode, type OpenNode } from "./support.ts";
import { assemble } from "./wasi/assemble.ts";

const test = suite("guests on threads", 20_000);
const signal = new AbortController().signal;

// Starts a container in a sandbox of its own.
const startIn = async (opened: OpenNode, name: string, args: readonly string[], handler = ""): Promise<Watched> => {
  const image = await opened.runtime.pull(opened.image, {}, signal);
  const sandbox = await opened.runtime.runSandbox(sandboxOf(name, { handler }), signal);
  const watched = new Watched(opened);
  const plain = { attempt: 0, imageId: image.id, env: [], mounts: [], ports: [], annotations: {}, logPath: opened.logPath(name) };
  watched.id = await opened.runtime.create({ ...plain, sandboxId: sandbox.id, name, args }, signal);
  await opened.runtime.start(watched.id, signal);
  return watched;
};

test("loops, floods and recursion on a thread do not keep its other guests from their turns (R2)", async () => {
  await using opened = await openNode("toolbox", { threads: { threads: 1 } });
  const hogs = await Promise.all([
    startIn(opened, "loop", ["loop"]),
    startIn(opened, "flood", ["flood"]),
    startIn(opened, "recursion", ["recurse", "60"]),
  ]);
  const startedAt = performance.now();
  const honest = await startIn(opened, "honest", ["sleep", "10", "then", "print", "here", "then", "sleep", "10", "then", "exit", "5"]);
  assert.is((await honest.exited()).exitCode, 5);
  assert.ok(performance.now() - startedAt < 2000, `took ${Math.round(performance.now() - startedAt)} ms`);
  assert.ok(hogs.every((hog) => hog.last?.state === "running"));
  await Promise.all(hogs.map((hog) => opened.runtime.stop(hog.id, 1)));
  assert.equal(
    hogs.map((hog) => hog.last?.exitCode),
    [137, 137, 137],
  );
});

test("every runtime handler runs the same guest, and others are refused", async () => {
  await using opened = await openNode("toolbox");
  const all = await Promise.all(
    ["", "shared", "dedicated", "wasmer"].map((handler) => startIn(opened, `of-${handler}`, ["exit", "9"], handler)),
  );
  for (const watched of all) {
    // they run already
    assert.is((await watched.exited()).exitCode, 9);
  }
  const error = await startIn(opened, "x", [], "runc").catch((cause: unknown) => cause);
  assert.is((error as Error).message, 'no runtime for "runc" is configured');
});

test("a guest that computes on a thread of its own is killed with it, and its CPU is told", async () => {
  await using opened = await openNode("toolbox");
  const watched = await startIn(opened, "loop", ["loop"], "dedicated");
  let cpuNanos = 0;
  while (cpuNanos === 0) {
    // until it has computed for a while
    cpuNanos = (await opened.runtime.usage())[0]?.cpuNanos ?? 0;
  }
  await opened.runtime.stop(watched.id, 10);
  assert.is(watched.last?.exitCode, 137);
  const next = await startIn(opened, "next", ["exit", "4"], "dedicated");
  assert.is((await next.exited()).exitCode, 4);
});

// A node whose only image is the file at `path`.
const openWith = (path: string, handler = ""): Promise<OpenNode> => {
  const image = { id: `sha256:${path}`, tags: [], digests: [], sizeBytes: 1 };
  const program = { digest: image.id, path, kind: "module", config: {} } as const;
  const images = {
    pull: async () => image,
    find: async () => image,
    list: async () => [image],
    remove: async () => undefined,
    program: async () => program,
  };
  return openNode("only", { images, handler });
};

test("what is no program says why it does not start", async () => {
  await using opened = await openWith(import.meta.filename);
  const error = await run(opened, []).catch((cause: unknown) => cause);
  assert.match((error as Error).message, /magic word/);
});

// What the start of a program of these bytes fails with.
const refusalOf = async (bytes: Uint8Array, handler = ""): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), "orrery-program-"));
  const path = join(dir, "program.wasm");
  await writeFile(path, bytes);
  try {
    await using opened = await openWith(path, handler);
    const error = await run(opened, []).catch((cause: unknown) => cause);
    return (error as Error).message;
  } finally {
    await rm(dir, { recursive: true });
  }
};

test("a module that imports what it is not given does not start, and says what that is", async () => {
  const bytes = assemble({ imports: ["connect", "lookup"], memory: [0, 1], functions: [{ as: "_start", body: [] }] });
  assert.is(await refusalOf(bytes), "the module imports what modules are not given: host.connect, host.lookup");
});

test("a component is not for Wasmer, and its container says so", async () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0);
  assert.is(await refusalOf(empty, "wasmer"), 'the runtime "wasmer" runs modules, not components');
});
