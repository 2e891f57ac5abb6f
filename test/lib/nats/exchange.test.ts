import * as assert from "uvu/assert";
import { type ApiError, isReason } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse, StreamSink } from "#lib/api.ts";
import { type Clock, systemClock } from "#lib/clock.ts";
import { NatsApiTransport } from "#lib/nats/api-transport.ts";
import type { Connection, Message } from "#lib/nats/connection.ts";
import { userOf } from "#lib/nats/identity.ts";
import { serveApi } from "#lib/nats/serve-api.ts";
import { decodeAnswer, decodeJson, encodeAnswer, encodeOpening } from "#lib/nats/stream.ts";
import { systemRandom } from "#lib/random.ts";
import { quickClock, startPair } from "#test/support/nats.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("lib/nats/exchange", 15_000);
const list: ApiRequest = { verb: "list", group: "", version: "v1", resource: "pods" };
const watch: ApiRequest = { ...list, verb: "watch" };
const opening = encodeOpening(watch, undefined);
const never = (): Promise<never> => new Promise(() => undefined);
const ok = (): Promise<ApiResponse> => Promise.resolve({ code: 200, contentType: "application/json", body: Uint8Array.of(123, 125) });
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const live = new AbortController().signal;

type Opened = { readonly sink: StreamSink; readonly signal: AbortSignal };

/** Serves on `connection`; `next` is the next stream that is opened. */
const serve = async (
  connection: Connection,
  { clock = systemClock, ...handler }: Partial<ApiHandler> & { readonly clock?: Clock } = {},
) => {
  const waiting: ((opened: Opened) => void)[] = [];
  const stop = serveApi(
    { connection, clock, random: systemRandom },
    { handle: never, stream: (_user, _request, sink, signal) => waiting.shift()?.({ sink, signal }), ...handler },
  );
  await connection.flush();
  return { stop, next: (): Promise<Opened> => new Promise((resolve) => waiting.push(resolve)) };
};
const transportOn = (connection: Connection, clock: Clock = systemClock): NatsApiTransport =>
  new NatsApiTransport({ connection, clock, random: systemRandom }, "alice");
const abortOf = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    const tell = (): void => resolve((signal.reason as Error).message);
    if (signal.aborted) tell();
    else signal.addEventListener("abort", tell, { once: true });
  });
/** Opens a stream by hand and keeps what is answered. */
const openByHand = (connection: Connection): { readonly messages: Message[]; readonly leave: () => void } => {
  const messages: Message[] = [];
  const leave = connection.subscribe("api.alice.reply.hand.*", (message) => messages.push(message));
  connection.publish("api.alice.stream", opening, { reply: "api.alice.reply.hand.0" });
  return { messages, leave };
};

test("cuts off a caller that takes nothing", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const server = await serve(far, { clock: quickClock });
  const opened = server.next();
  const { messages } = openByHand(near);
  const { sink, signal } = await opened;
  while (sink.write(new Uint8Array(64 * 1024)));
  assert.is(await abortOf(signal), "the caller does not keep up");
  await sink.drained(live);
  await far.flush();
  await near.flush();
  const last = decodeAnswer(messages.at(-1)?.data ?? new Uint8Array());
  assert.ok(last.ends && last.fails);
  assert.is((decodeJson(last.frames[0] as Uint8Array) as ApiError["status"]).reason, "ServiceUnavailable");
});

test("drops the stream of a caller that has gone", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const server = await serve(far, { clock: quickClock });
  const opened = server.next();
  openByHand(near);
  const { signal } = await opened;
  await near.close();
  assert.is(await abortOf(signal), "the caller is gone");
});

test("answers nobody outside the root that asked", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  let handled = 0;
  await serve(far, { stream: () => handled++ });
  for (const reply of ["api.bob.reply.x.0", "$KV.objects.core.pods.default.a", "api.alice.request"]) {
    near.publish("api.alice.stream", opening, { reply });
  }
  near.publish("api.alice.stream", opening, { reply: "api.alice.reply.x.0" });
  await near.flush();
  await far.flush();
  assert.is(handled, 1);
});

test("answers what it cannot read with BadRequest", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  await serve(far);
  const reasons: unknown[] = [];
  const answered = Promise.withResolvers<void>();
  near.subscribe("api.alice.reply.hand.*", ({ data }) => {
    const { fails, frames } = decodeAnswer(data);
    if (fails) reasons.push((decodeJson(frames[0] as Uint8Array) as ApiError["status"]).reason);
    if (reasons.length === 3) answered.resolve();
  });
  for (const [place, bad] of [Uint8Array.of(1), encodeOpening(null, undefined), encodeOpening({ verb: "get" }, undefined)].entries()) {
    near.publish("api.alice.request", bad, { reply: `api.alice.reply.hand.${place}` });
  }
  await answered.promise;
  assert.equal(reasons, ["BadRequest", "BadRequest", "BadRequest"]);
});

test("tells the server that a request is called off, once it is known who has it", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const asked = Promise.withResolvers<AbortSignal>();
  await serve(far, {
    clock: quickClock,
    handle: (_user, _request, signal) => {
      asked.resolve(signal);
      return never();
    },
  });
  const transport = transportOn(near);
  const stop = new AbortController();
  const request = outcome(transport.request(list, stop.signal));
  const signal = await asked.promise;
  stop.abort(new Error("enough"));
  assert.is(((await request) as Error).message, "enough");
  assert.is(await abortOf(signal), "the caller cancelled");
});

test("gives up a request after its time, though the server lives", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  await serve(far, { clock: quickClock });
  const transport = transportOn(near, quickClock);
  assert.ok(isReason(await outcome(transport.request(list)), "Timeout"));
});

test("keeps an idle stream alive", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const server = await serve(far, { clock: quickClock });
  const transport = transportOn(near, quickClock);
  const opened = server.next();
  let frames = 0;
  const stream = transport.stream(watch, () => frames++, live);
  const { sink } = await opened;
  const idleUntil = Promise.withResolvers<void>();
  quickClock.setTimeout(idleUntil.resolve, 25_000);
  await idleUntil.promise;
  sink.write(Uint8Array.of(1));
  sink.end();
  await stream;
  assert.is(frames, 1);
});

test("fails what was open when the network swallows everything", async () => {
  await using pair = await startPair();
  const { near, far, proxy } = pair;
  const server = await serve(far, { clock: quickClock });
  const transport = transportOn(near, quickClock);
  const opened = server.next();
  const stream = outcome(transport.stream(watch, () => undefined, live));
  await opened;
  proxy.swallow();
  const error = await stream;
  assert.ok(isReason(error, "ServiceUnavailable"));
  assert.match((error as Error).message, /silent/);
  proxy.restore();
});

test("fails what was open as soon as its own connection is cut, and works again afterwards", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const server = await serve(far, { handle: ok });
  const transport = transportOn(near);
  const opened = server.next();
  const stream = outcome(transport.stream(watch, () => undefined, live));
  await opened;
  const back = Promise.all(
    [near, far].map((each) => new Promise<void>((resolve) => each.onStatus(({ type }) => type === "connected" && resolve()))),
  );
  await pair.nats.kill();
  assert.ok(isReason(await stream, "ServiceUnavailable"));
  assert.ok(isReason(await outcome(transport.request(list)), "ServiceUnavailable"));
  await pair.nats.start();
  await back;
  await far.flush();
  assert.is((await transport.request(list)).code, 200);
});

test("fails a stream whose server lost its connection, when the server is back", async () => {
  await using pair = await startPair();
  const { near, far, proxy } = pair;
  const server = await serve(far);
  const transport = transportOn(near);
  const opened = server.next();
  const stream = outcome(transport.stream(watch, () => undefined, live));
  const { signal } = await opened;
  proxy.cut();
  proxy.restore();
  assert.ok(isReason(await stream, "ServiceUnavailable"));
  assert.ok(signal.aborted);
});

test("fails a stream of which a message was lost", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const flows: Uint8Array[] = [];
  far.subscribe("api.*.flow.hand.*", ({ data }) => flows.push(data));
  far.subscribe("api.*.stream", ({ reply = "" }) => {
    for (const number of [0, 1, 3]) {
      const message = encodeAnswer({ number, ends: false, fails: false, continues: false, frames: [Uint8Array.of(number)] });
      far.publish(reply, message, { reply: "api.alice.flow.hand.0" });
    }
  });
  await far.flush();
  const transport = transportOn(near);
  const seen: number[] = [];
  const error = await outcome(transport.stream(watch, ([number = -1]) => seen.push(number), live));
  assert.ok(isReason(error, "ServiceUnavailable"));
  assert.equal(seen, [0, 1]);
  await near.flush();
  await far.flush();
  assert.is(flows.length, 1, "the server is told");
});

test("ends with what its frame handler throws", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const server = await serve(far);
  const transport = transportOn(near);
  const opened = server.next();
  const bug = new Error("a bug");
  const stream = outcome(
    transport.stream(
      watch,
      () => {
        throw bug;
      },
      live,
    ),
  );
  const { sink, signal } = await opened;
  sink.write(Uint8Array.of(1));
  assert.is(await stream, bug);
  await abortOf(signal);
});

test("shares requests among the API servers, and fails over at once when one stops", async () => {
  await using pair = await startPair();
  const { near, far } = pair;
  const counts = [0, 0];
  const servers = await Promise.all(
    [near, far].map((connection, place) =>
      serve(connection, {
        handle: () => {
          counts[place] = (counts[place] ?? 0) + 1;
          return ok();
        },
      }),
    ),
  );
  const transport = transportOn(near);
  await Promise.all(Array.from({ length: 100 }, () => transport.request(list)));
  assert.is((counts[0] ?? 0) + (counts[1] ?? 0), 100);
  assert.ok(counts.every((count) => count > 0));
  const opened = Promise.race(servers.map((server) => server.next()));
  const stream = outcome(transport.stream(watch, () => undefined, live));
  await opened;
  for (const server of servers) server.stop();
  assert.ok(isReason(await stream, "ServiceUnavailable"));
});

test("refuses a request that is larger than a message", async () => {
  await using pair = await startPair();
  const { near } = pair;
  const transport = transportOn(near);
  const error = await outcome(transport.request({ ...list, verb: "create", body: new Uint8Array(9 * 1024 * 1024) }));
  assert.ok(isReason(error, "RequestEntityTooLarge"));
});

test("derives groups from the name alone", () => {
  assert.equal(userOf("system:kube-scheduler"), { name: "system:kube-scheduler", groups: ["system:authenticated"] });
  assert.equal(userOf("system:node:a.b").groups, ["system:nodes", "system:authenticated"]);
  assert.equal(userOf("system:serviceaccount:kube-system:job-controller").groups, [
    "system:serviceaccounts",
    "system:serviceaccounts:kube-system",
    "system:authenticated",
  ]);
});
