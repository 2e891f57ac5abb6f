import * as assert from "uvu/assert";
import type { HostFunction, Suspending } from "#runtime/wasi/component/functions.ts";
import { ComponentTrap } from "#runtime/wasi/component/handles.ts";
import { clockInterfaces, cliInterfaces, randomInterfaces } from "#runtime/wasi/preview2/cli.ts";
import { Signal } from "#runtime/wasi/signal.ts";
import { ALWAYS, Pollable, pollInterface, type Waitable } from "#runtime/wasi/preview2/poll.ts";
import { GuestEnds } from "#runtime/wasi/preview2/result.ts";
import { errorInterface, InputStream, OutputStream, streamsInterface, type Sink, type Source } from "#runtime/wasi/preview2/streams.ts";
import { suite } from "#test/support/suite.ts";
import { TestLife } from "../preview1/guest.ts";

const test = suite("wasi:io, wasi:clocks, wasi:random, wasi:cli");

const caller =
  (functions: Readonly<Record<string, unknown>>) =>
  (name: string, ...args: unknown[]): unknown => {
    const fn = functions[name] as HostFunction | Suspending;
    return (typeof fn === "function" ? fn : fn.suspends)(...(args as never[]));
  };

/** A pipe: what is written can be read, at most `room` bytes at a time. */
class Pipe implements Source, Sink {
  readonly changed = new Signal();
  held = new Uint8Array();
  most = 8;
  isClosed = false;
  failure: Error | undefined;
  readonly flushed: Waitable = ALWAYS;

  get isReady(): boolean {
    return this.held.length > 0 || this.isClosed || this.failure !== undefined;
  }

  watch(fn: () => void): () => void {
    return this.changed.watch(fn);
  }

  read(most: number): Uint8Array | undefined {
    if (this.failure !== undefined) throw this.failure;
    if (this.held.length === 0 && this.isClosed) return undefined;
    const taken = this.held.slice(0, most);
    this.held = this.held.slice(taken.length);
    return taken;
  }

  room(): number | undefined {
    if (this.failure !== undefined) throw this.failure;
    return this.isClosed ? undefined : this.most;
  }

  write(bytes: Uint8Array): void {
    this.held = Uint8Array.from([...this.held, ...bytes]);
    this.changed.announce();
  }

  close(): void {
    this.isClosed = true;
    this.changed.announce();
  }
}

const ok = (val?: unknown) => ({ tag: "ok", val });
const CLOSED = { tag: "err", val: { tag: "closed" } };

test("bytes go through, and the end is told", async () => {
  const [life, pipe] = [new TestLife(), new Pipe()];
  const call = caller(streamsInterface(life));
  const [into, from] = [new OutputStream({ ...sinkOf(pipe) }), new InputStream(pipe)];
  assert.equal(call("[method]output-stream.check-write", into), ok(8n));
  const reading = call("[method]input-stream.blocking-read", from, 2n);
  assert.equal(await call("[method]output-stream.blocking-write-and-flush", into, Uint8Array.of(1, 2, 3)), ok());
  assert.equal(await reading, ok(Uint8Array.of(1, 2)));
  assert.equal(call("[method]input-stream.skip", from, 9n), ok(1n));
  assert.equal(call("[method]input-stream.read", from, 9n), ok(new Uint8Array()), "nothing now is no end");
  from[Symbol.dispose]();
  assert.equal(await call("[method]input-stream.blocking-skip", from, 1n), CLOSED);
  assert.equal(call("[method]output-stream.check-write", into), CLOSED);
  assert.equal(call("[method]output-stream.write", into, Uint8Array.of(1)), CLOSED);
  assert.equal(call("[method]output-stream.blocking-flush", into), CLOSED);
});

// A sink that is ready when it has room.
const sinkOf = (pipe: Pipe): Sink => ({
  isReady: true,
  watch: (fn) => pipe.watch(fn),
  room: () => pipe.room(),
  write: (bytes) => pipe.write(bytes),
  flushed: ALWAYS,
  close: () => pipe.close(),
});

test("splicing moves what there is and what there is room for", async () => {
  const [one, other] = [new Pipe(), new Pipe()];
  const call = caller(streamsInterface(new TestLife()));
  one.write(new Uint8Array(20).fill(7));
  const [into, from] = [new OutputStream(sinkOf(other)), new InputStream(one)];
  assert.equal(call("[method]output-stream.splice", into, from, 100n), ok(8n));
  assert.equal(await call("[method]output-stream.blocking-splice", into, from, 3n), ok(3n));
  assert.is(other.held.length, 11);
  assert.equal(await call("[method]output-stream.blocking-write-zeroes-and-flush", into, 2n), ok());
  assert.equal(other.held.slice(-3), Uint8Array.of(7, 0, 0));
});

test("a failure is told with its reason", () => {
  const pipe = new Pipe();
  pipe.failure = new Error("the disk is gone");
  const call = caller(streamsInterface(new TestLife()));
  const failed = call("[method]input-stream.read", new InputStream(pipe), 1n) as {
    readonly val: { readonly tag: string; readonly val: unknown };
  };
  assert.is(failed.val.tag, "last-operation-failed");
  assert.is(caller(errorInterface)("[method]error.to-debug-string", failed.val.val), "the disk is gone");
});

test("moving bytes is charged for", () => {
  const [life, pipe] = [new TestLife(), new Pipe()];
  caller(streamsInterface(life))("[method]output-stream.write", new OutputStream(sinkOf(pipe)), new Uint8Array(5000));
  assert.ok(life.charged >= 5000);
});

test("polling answers what is ready, and waits for the first", async () => {
  const [life, pipe] = [new TestLife(), new Pipe()];
  const poll = caller(pollInterface(life));
  const never = new Pollable(new Pipe());
  assert.equal(poll("poll", [never, new Pollable(ALWAYS), new Pollable(ALWAYS)]), [1, 2]);
  assert.is(poll("[method]pollable.ready", never), false);
  const waiting = poll("poll", [never, new Pollable(pipe)]);
  pipe.write(Uint8Array.of(1));
  assert.equal(await waiting, [1]);
  for (const count of [0, 4097])
    assert.throws(
      () =>
        poll(
          "poll",
          Array.from({ length: count }, () => never),
        ),
      isTrap,
    );
});

const isTrap = (error: unknown): boolean => error instanceof ComponentTrap;

test("a guest that is to end does not wait any more", async () => {
  const life = new TestLife();
  life.isEnding = true;
  const ended: unknown = await (caller(pollInterface(life))("[method]pollable.block", new Pollable(new Pipe())) as Promise<unknown>).catch(
    (error: unknown) => error,
  );
  assert.instance(ended, GuestEnds);
});

test("clocks go on, and a time can be waited for", async () => {
  const life = new TestLife();
  const clock = caller(clockInterfaces["wasi:clocks/monotonic-clock"] ?? {});
  const before = clock("now") as bigint;
  const block = caller(pollInterface(life));
  await block("[method]pollable.block", clock("subscribe-duration", 5_000_000n));
  assert.ok((clock("now") as bigint) - before >= 5_000_000n);
  assert.is(block("[method]pollable.ready", clock("subscribe-instant", before)), true);
  const { seconds } = caller(clockInterfaces["wasi:clocks/wall-clock"] ?? {})("now") as { readonly seconds: bigint };
  assert.ok(Math.abs(Number(seconds) - Date.now() / 1000) < 5);
});

test("random bytes are as many as asked for, and are charged for", () => {
  const life = new TestLife();
  const random = caller(randomInterfaces(life)["wasi:random/random"] ?? {});
  assert.is((random("get-random-bytes", 70_000n) as Uint8Array).length, 70_000);
  assert.is(life.charged, 70_000);
  assert.is.not(random("get-random-u64"), random("get-random-u64"));
  assert.throws(() => random("get-random-bytes", 1n << 40n), isTrap);
});

test("a guest knows its arguments, environment and directory, and has no terminal", () => {
  const output: string[] = [];
  const write = (bytes: Uint8Array): void => void output.push(new TextDecoder().decode(bytes));
  const config = { args: ["prog", "x"], env: ["A=b=c", "E="], workingDir: "/work", stdout: write, stderr: write };
  const interfaces = cliInterfaces(config, { exit: () => undefined });
  const environment = caller(interfaces["wasi:cli/environment"] ?? {});
  assert.equal(environment("get-environment"), [
    ["A", "b=c"],
    ["E", ""],
  ]);
  assert.equal(environment("get-arguments"), ["prog", "x"]);
  assert.is(environment("initial-cwd"), "/work");
  const stdin = caller(interfaces["wasi:cli/stdin"] ?? {})("get-stdin") as InputStream;
  assert.equal(stdin.read(1n), CLOSED);
  const stdout = caller(interfaces["wasi:cli/stdout"] ?? {})("get-stdout") as OutputStream;
  stdout.write(new TextEncoder().encode("line"));
  assert.equal(output, ["line"]);
  assert.is(caller(interfaces["wasi:cli/terminal-stdin"] ?? {})("get-terminal-stdin"), undefined);
});
