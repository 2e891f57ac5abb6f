import * as assert from "uvu/assert";
import { ApiError, failure, notFound } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, StreamSink, User } from "#lib/api.ts";
import { systemClock } from "#lib/clock.ts";
import { MemoryTransport, type MemoryTransportOptions } from "#lib/memory-transport.ts";
import { transportContract, type OpenTransportWith } from "#test/contract/transport.ts";
import { settled, SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";

const user: User = { name: "system:node:worker-1", groups: ["system:nodes"] };

/** Silence is what tells of a server that is gone; an impatient transport bears little of it. */
const open: OpenTransportWith = async (handler, { impatient = false } = {}) => {
  let isGone = false;
  const patience = { clock: systemClock, answerMs: 50, silenceMs: 50, heartbeatMs: 10 };
  const transport = new MemoryTransport({
    handler,
    user,
    deliver: (message) => isGone || queueMicrotask(message),
    ...(impatient ? { patience } : {}),
  });
  return {
    transport,
    user,
    crash: async () => void (isGone = true),
    [Symbol.asyncDispose]: () => transport.close(),
  };
};

transportContract("memory", open);

const test = suite("lib/memory-transport");

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const request: ApiRequest = { verb: "watch", group: "", version: "v1", resource: "pods" };
const ok = (text: string) => ({ code: 200, contentType: "application/json", body: encoder.encode(text) });

const worldOf = (options: Partial<MemoryTransportOptions> = {}, handler: Partial<ApiHandler> = {}) => {
  const clock = new SimulatedClock();
  const sinks: { readonly sink: StreamSink; readonly signal: AbortSignal }[] = [];
  let handled = 0;
  const transport = new MemoryTransport({
    user,
    patience: { clock, answerMs: 30_000, silenceMs: 15_000, heartbeatMs: 5_000 },
    ...options,
    handler: {
      handle: async (who) => {
        handled++;
        return ok(who.name);
      },
      stream: (_who, _request, sink, signal) => sinks.push({ sink, signal }),
      ...handler,
    },
  });
  const frames: string[] = [];
  const abort = new AbortController();
  const follow = (): Promise<string> =>
    transport
      .stream(request, (frame) => frames.push(decoder.decode(frame)), abort.signal)
      .then(
        () => "ended",
        (error: Error) => (error instanceof ApiError ? String(error.reason) : error.message),
      );
  const send = (...texts: readonly string[]): void => {
    for (const text of texts) sinks.at(-1)?.sink.write(encoder.encode(text));
  };
  const newest = () => {
    const last = sinks.at(-1);
    if (last === undefined) throw new Error("no stream has reached the server");
    return last;
  };
  return { abort, clock, follow, frames, handled: () => handled, newest, send, sinks, transport };
};

/** Carries messages except those whose turn `fate` says otherwise about. */
const carrier = (fate: (turn: number) => "lose" | "double" | "carry") => {
  let turn = 0;
  return (message: () => void): void => {
    const what = fate(turn++);
    if (what === "lose") return;
    queueMicrotask(message);
    if (what === "double") queueMicrotask(message);
  };
};

test("carries a request and its answer as the user it was made for", async () => {
  const { clock, transport } = worldOf();
  assert.is(decoder.decode((await transport.request(request)).body), user.name);
  assert.is(clock.nextAt(), undefined);
});

test("throws the Status of a failed request", async () => {
  const error = notFound({ group: "", resource: "pods", name: "a" });
  const failed = { code: 404, contentType: "application/json", body: encoder.encode(JSON.stringify(error.status)) };
  const { transport } = worldOf({}, { handle: () => Promise.resolve(failed) });
  const thrown: unknown = await transport.request(request).catch((caught: unknown) => caught);
  assert.instance(thrown, ApiError);
  assert.equal((thrown as ApiError).status, error.status);
});

test("a request that comes twice is handled once", async () => {
  const { handled, transport } = worldOf({ deliver: carrier(() => "double") });
  await transport.request(request);
  assert.is(handled(), 1);
});

test("a lost request or answer ends in ServiceUnavailable", async () => {
  for (const lost of [0, 1]) {
    const { clock, transport } = worldOf({ deliver: carrier((turn) => (turn === lost ? "lose" : "carry")) });
    const outcome = transport.request(request).catch((error: ApiError) => error.reason);
    await clock.advance(30_000);
    assert.is(await outcome, "ServiceUnavailable");
  }
});

test("an aborted request throws the signal's reason and aborts the handler", async () => {
  let inner: AbortSignal | undefined;
  const { transport } = worldOf({}, { handle: (_user, _request, signal) => ((inner = signal), new Promise(() => undefined)) });
  const abort = new AbortController();
  const outcome = transport.request(request, abort.signal).catch((error: Error) => error.message);
  await settled();
  abort.abort(new Error("enough"));
  assert.is(await outcome, "enough");
  assert.is(inner?.aborted, true);
  assert.is(await transport.request(request, abort.signal).catch((error: Error) => error.message), "enough");
});

test("gives frames in order until the server ends the stream", async () => {
  const { clock, follow, frames, send, sinks } = worldOf();
  const ended = follow();
  await settled();
  send("a", "b");
  sinks[0]?.sink.end();
  assert.is(await ended, "ended");
  assert.equal(frames, ["a", "b"]);
  assert.is(sinks[0]?.signal.aborted, true);
  assert.is(clock.nextAt(), undefined);
});

test("a stream ends with the server's error", async () => {
  const { follow, sinks } = worldOf();
  const ended = follow();
  await settled();
  sinks[0]?.sink.end(failure("Expired", "too old"));
  assert.is(await ended, "Expired");
});

test("a lost frame ends the stream at the next one, or at the next heartbeat", async () => {
  for (const next of ["frame", "heartbeat"]) {
    const { clock, follow, frames, send } = worldOf({ deliver: carrier((turn) => (turn === 2 ? "lose" : "carry")) });
    const ended = follow();
    await settled();
    send("a", "lost");
    if (next === "frame") send("c");
    await clock.advance(5_000);
    assert.is(await ended, "ServiceUnavailable");
    assert.equal(frames, ["a"]);
  }
});

test("a doubled frame is given once", async () => {
  const { follow, frames, send, sinks } = worldOf({ deliver: carrier(() => "double") });
  const ended = follow();
  await settled();
  assert.is(sinks.length, 1);
  send("a", "b");
  sinks[0]?.sink.end();
  assert.is(await ended, "ended");
  assert.equal(frames, ["a", "b"]);
});

test("an idle stream lives by heartbeats, and dies of silence", async () => {
  let isCut = false;
  const { clock, follow } = worldOf({ deliver: carrier(() => (isCut ? "lose" : "carry")) });
  const ended = follow();
  await clock.advance(120_000);
  isCut = true;
  const from = clock.now();
  const reason = ended.then((text) => `${text} ${clock.now() - from <= 15_000}`);
  await clock.advance(20_000);
  assert.is(await reason, "ServiceUnavailable true");
});

test("asks the server to wait while too many frames are on their way", async () => {
  const { abort, follow, newest } = worldOf();
  const ended = follow();
  await settled();
  const { sink, signal } = newest();
  let written = 1;
  while (sink.write(encoder.encode("x"))) written++;
  assert.is(written, 1_000);
  await sink.drained(signal);
  assert.is(sink.write(encoder.encode("x")), true);
  abort.abort(new Error("enough"));
  assert.is(await ended, "enough");
});

test("a sink that waits is told when nobody reads any more", async () => {
  const { abort, follow, newest } = worldOf({ deliver: carrier((turn) => (turn === 0 ? "carry" : "lose")) });
  void follow();
  await settled();
  const { sink, signal } = newest();
  while (sink.write(encoder.encode("x")));
  const drained = sink.drained(signal).catch(() => "told");
  abort.abort(new Error("enough"));
  assert.is(await drained, "told");
  assert.is(await sink.drained(signal).catch(() => "told"), "told");
});

test("closing ends what is open", async () => {
  const { clock, follow, sinks, transport } = worldOf({}, { handle: () => new Promise(() => undefined) });
  const ended = follow();
  const outcome = transport.request(request).catch((error: ApiError) => error.reason);
  await settled();
  await transport.close();
  assert.is(await ended, "ServiceUnavailable");
  assert.is(await outcome, "ServiceUnavailable");
  assert.is(sinks[0]?.signal.aborted, true);
  assert.is(clock.nextAt(), undefined);
});
