// WASI components as containers, on real threads: what they are given, how they end, and what they cannot do to others.
import { rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "@bytecodealliance/jco-transpile/wasm-tools";
import * as assert from "uvu/assert";
import type { NodeImages } from "#runtime/node-ports.ts";
import type { Container, ContainerConfig } from "#runtime/port.ts";
import { run, sandboxOf, Watched } from "#test/contract/runtime.ts";
import { suite } from "#test/support/suite.ts";
import { openNode, type NodeOptions, type OpenNode } from "./support.ts";
import { ALLOCATOR, componentOf } from "./wasi/component/build.ts";

const signal = new AbortController().signal;

// The toolbox of the examples over the adapter of preview1. Made of examples/toolbox/toolbox.ts and, behind it,
//   export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
//     return old == 0 ? heap.alloc(size) : heap.realloc(old, size);
//   }
// compiled as examples/build.ts does, by componentNew with lib/wasi_snapshot_preview1.command.wasm of @bytecodealliance/jco 1.35.
const TOOLBOX = join(import.meta.dirname, "toolbox-component.wasm");

const dir = await mkdtemp(join(tmpdir(), "orrery-components-"));
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));

const imagesOf = (paths: Readonly<Record<string, string>>): NodeImages => {
  const imageOf = (name: string) => ({ id: `sha256:${name}`, tags: [name], digests: [], sizeBytes: 1 });
  return {
    pull: async (name) => imageOf(name),
    find: async (name) => imageOf(name),
    list: async () => Object.keys(paths).map(imageOf),
    remove: async () => undefined,
    program: async (id) => {
      const name = id.slice("sha256:".length);
      return { digest: id, path: paths[name] ?? "", kind: "component", config: { Entrypoint: [name] } };
    },
  };
};

const WIT = `
  package t:t;
  package wasi:io@0.2.3 {
    interface error { resource error; }
    interface poll { resource pollable { block: func(); } }
    interface streams {
      use error.{error};
      variant stream-error { last-operation-failed(error), closed }
      resource output-stream { blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>; }
    }
  }
  package wasi:clocks@0.2.3 {
    interface monotonic-clock {
      use wasi:io/poll@0.2.3.{pollable};
      subscribe-duration: func(when: u64) -> pollable;
    }
  }
  package wasi:cli@0.2.3 {
    interface run { run: func() -> result; }
    interface exit { exit-with-code: func(status-code: u8); }
    interface stdout { use wasi:io/streams@0.2.3.{output-stream}; get-stdout: func() -> output-stream; }
  }
  package wasi:nowhere@0.2.3 { interface nothing { f: func(); } }
  world program {
    import wasi:cli/exit@0.2.3;
    import wasi:cli/stdout@0.2.3;
    import wasi:clocks/monotonic-clock@0.2.3;
    import wasi:nowhere/nothing@0.2.3;
    export wasi:cli/run@0.2.3;
  }`;

const IMPORTS = {
  exit: '(import "wasi:cli/exit@0.2.3" "exit-with-code" (func $exit (param i32)))',
  stdout: `(import "wasi:cli/stdout@0.2.3" "get-stdout" (func $stdout (result i32)))
    (import "wasi:io/streams@0.2.3" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))`,
  sleep: `(import "wasi:clocks/monotonic-clock@0.2.3" "subscribe-duration" (func $after (param i64) (result i32)))
    (import "wasi:io/poll@0.2.3" "[method]pollable.block" (func $block (param i32)))`,
  nothing: '(import "wasi:nowhere/nothing@0.2.3" "f" (func $f))',
} as const;

/** A command: its imports and the body of its `run`, which answers 0 for ok and 1 for an error. */
type Command = { readonly imports?: readonly (keyof typeof IMPORTS)[]; readonly body: string; readonly more?: string };

const COMMANDS: Readonly<Record<string, Command>> = {
  ok: { body: "(i32.const 0)" },
  error: { body: "(i32.const 1)" },
  seven: { imports: ["exit"], body: "(call $exit (i32.const 7)) (i32.const 0)" },
  trap: { body: "unreachable" },
  loop: { body: "(loop $again (br $again)) unreachable" },
  sleep: { imports: ["sleep"], body: "(call $block (call $after (i64.const 60000000000))) (i32.const 0)" },
  nap: { imports: ["sleep", "exit"], body: "(call $block (call $after (i64.const 10000000))) (call $exit (i32.const 5)) (i32.const 0)" },
  print: {
    imports: ["stdout"],
    more: '(data (i32.const 64) "hello, component\\n")',
    body: "(call $write (call $stdout) (i32.const 64) (i32.const 17) (i32.const 32)) (i32.load8_u (i32.const 32))",
  },
  eat: { body: "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable" },
  start: { more: "(func $first (loop $again (br $again))) (start $first)", body: "(i32.const 0)" },
  lost: { imports: ["nothing"], body: "(call $f) (i32.const 0)" },
};

const bytesOf = ({ imports = [], body, more = "" }: Command): Promise<Uint8Array> => {
  const wat = [...imports.map((name) => IMPORTS[name]), ALLOCATOR, more, `(func (export "wasi:cli/run@0.2.3#run") (result i32) ${body})`];
  return componentOf({ wit: WIT, wat: wat.join("\n") });
};

const written = async (name: string, bytes: Uint8Array): Promise<string> => {
  const path = join(dir, `${name}.wasm`);
  await writeFile(path, bytes);
  return path;
};

const paths = Object.fromEntries(
  await Promise.all(Object.entries(COMMANDS).map(async ([name, command]) => [name, await written(name, await bytesOf(command))] as const)),
);
const images = imagesOf({ ...paths, toolbox: TOOLBOX });

// After what is awaited above: a suite runs at the end of its turn.
const test = suite("components on threads", 20_000);

const open = (name: string, options: NodeOptions = {}): Promise<OpenNode> => openNode(name, { images, ...options });

const logOf = async (opened: OpenNode): Promise<string[]> => {
  const text = await readFile(opened.logPath("main"), "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" ").slice(3).join(" "));
};

const endOf = async (name: string, rest: Partial<ContainerConfig> = {}): Promise<Container> => {
  await using opened = await open(name);
  const watched = await run(opened, [], rest);
  return await watched.exited(); // before the node is closed
};

const failureOf = async (opened: OpenNode): Promise<{ readonly message: string; readonly reason?: string }> => {
  const failed: unknown = await run(opened, []).catch((error: unknown) => error);
  assert.instance(failed, Error);
  return failed as Error;
};

test("a command ends as its run answers, or with the code that it gives", async () => {
  const ends = await Promise.all(["ok", "error", "seven"].map((name) => endOf(name)));
  assert.equal(
    ends.map(({ exitCode, reason }) => [exitCode, reason]),
    [
      [0, "Completed"],
      [1, "Error"],
      [7, "Error"],
    ],
  );
});

test("what a command writes is its log, and so is where it trapped", async () => {
  await using opened = await open("print");
  assert.is((await (await run(opened, [])).exited()).exitCode, 0);
  assert.equal(await logOf(opened), ["hello, component"]);
  await using trapping = await open("trap");
  const end = await (await run(trapping, [])).exited();
  assert.equal([end.exitCode, end.message], [134, "unreachable"]);
  const [first, second] = await logOf(trapping);
  assert.is(first, "trap: unreachable");
  assert.ok(second?.includes("wasm-function["), second);
});

test("a command that may not have the memory it wants was killed for it", async () => {
  const end = await endOf("eat", { memoryLimitBytes: 4 << 20 });
  assert.equal([end.exitCode, end.reason], [137, "OOMKilled"]);
});

test("a component whose memory starts above its limit was killed for it", async () => {
  const end = await endOf("ok", { memoryLimitBytes: 65_536 });
  assert.equal([end.exitCode, end.reason], [137, "OOMKilled"]);
});

test("a command ends where it waits when it is to stop, and anywhere when it is killed", async () => {
  for (const [name, graceMs, exitCode] of [
    ["sleep", 5000, 143],
    ["loop", 1, 137],
    ["start", 1, 137],
  ] as const) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await using opened = await open(name);
    // oxlint-disable-next-line no-await-in-loop -- as above
    const watched = await run(opened, []);
    // oxlint-disable-next-line no-await-in-loop -- as above
    await opened.runtime.stop(watched.id, graceMs);
    assert.is(watched.last?.exitCode, exitCode, name);
  }
});

test("components that loop do not keep others of their thread from their turns (R2)", async () => {
  await using opened = await open("loop", { threads: { threads: 1 } });
  const startIn = async (name: string, image: string): Promise<Watched> => {
    const sandbox = await opened.runtime.runSandbox(sandboxOf(name), signal);
    const watched = new Watched(opened);
    const plain = { attempt: 0, env: [], mounts: [], ports: [], annotations: {}, logPath: opened.logPath(name) };
    watched.id = await opened.runtime.create({ ...plain, sandboxId: sandbox.id, name, imageId: `sha256:${image}` }, signal);
    await opened.runtime.start(watched.id, signal);
    return watched;
  };
  const hogs = [await startIn("one", "loop"), await startIn("two", "start")];
  const honest = await startIn("honest", "nap");
  assert.is((await honest.exited()).exitCode, 5);
  assert.ok(hogs.every((hog) => hog.last?.state === "running"));
  await Promise.all(hogs.map((hog) => opened.runtime.stop(hog.id, 1)));
});

test("a CPU limit holds for a component", async () => {
  await using opened = await open("loop");
  const watched = await run(opened, [], { cpuLimitMilli: 100 });
  await new Promise((resolve) => setTimeout(resolve, 600));
  const [usage] = await opened.runtime.usage();
  const usedMs = (usage?.cpuNanos ?? 0) / 1e6;
  assert.ok(usedMs > 5 && usedMs < 200, `used ${usedMs} ms of 600`);
  assert.is(usage?.memoryBytes, 16 * 65_536);
  await opened.runtime.stop(watched.id, 0);
});

test("what a node has not is named when a component wants it", async () => {
  await using opened = await open("lost");
  const { message, reason } = await failureOf(opened);
  assert.is(message, 'the component imports "wasi:nowhere/nothing@0.2.3", which this node does not have');
  assert.is(reason, "StartError");
});

test("what is no command and what is no component says so", async () => {
  const cases = [
    ["(component)", "the component exports no wasi:cli/run: it is not a command"],
    ["(component (type (list 9)))", "unknown type 9"],
    [
      `(component (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (alias core export $i "orrery:fuel" (core global $fuel)))`,
      'a core instance does not export "orrery:fuel"',
    ],
    [
      `(component (core module $m (memory 1)) (core instance (instantiate $m)) (core instance (instantiate $m)))`,
      "a core module with a memory of its own is instantiated twice, which this node does not limit",
    ],
  ] as const;
  for (const [index, [wat, expected]] of cases.entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    const path = await written(`bad-${index}`, await parse(wat));
    // oxlint-disable-next-line no-await-in-loop -- as above
    await using opened = await open("bad", { images: imagesOf({ bad: path }) });
    // oxlint-disable-next-line no-await-in-loop -- as above
    assert.is((await failureOf(opened)).message, expected);
  }
  const cut = await written("cut", (await readFile(TOOLBOX)).subarray(0, 20_000));
  await using opened = await open("cut", { images: imagesOf({ cut }) });
  assert.is((await failureOf(opened)).message, "unexpected end");
});

test("a module of preview1 in its adapter has arguments, environment and files", async () => {
  await using opened = await open("toolbox");
  const args = ["print", "hi", "then", "env", "COLOUR", "then", "cat", "/etc/hostname", "then", "put", "/file", "mine"];
  const more = ["then", "cat", "/file", "then", "ls", "/", "then", "sleep", "5", "then", "cat", "/none"];
  const watched = await run(opened, [...args, ...more], { env: [{ name: "COLOUR", value: "a=b" }] });
  assert.is((await watched.exited()).exitCode, 1);
  assert.equal(await logOf(opened), ["hi", "a=b", "pod-1", "mine", "etc", "file", "/none: error 44"]);
});

test("no path of a component leads out of a mount (R1)", async () => {
  await using opened = await open("toolbox");
  const mounts = [{ hostPath: dir, guestPath: "/data", readOnly: true }];
  await (await run(opened, ["cat", "../../../../etc/passwd"], { mounts })).exited();
  assert.equal(await logOf(opened), ["../../../../etc/passwd: error 63"]);
});
