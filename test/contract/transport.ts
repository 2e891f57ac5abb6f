// What every ApiTransport must do, over a handler that each test scripts.
import * as assert from "uvu/assert";
import { ApiError, conflict, failure, isReason } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse, ApiTransport, StreamSink, User } from "#lib/api.ts";
import { suite } from "#test/support/suite.ts";

/** A transport, joined to the handler that the test gave. */
type OpenTransport = AsyncDisposable & {
  readonly transport: ApiTransport;
  /** Whom the handler is to see. */
  readonly user: User;
  /** Takes the server away without a word, as a crash does. */
  crash(): Promise<void>;
};

/** Joins a transport to `handler`. `impatient`: where the transport waits for silence to end, let it wait in quick time. */
export type OpenTransportWith = (handler: ApiHandler, options?: { readonly impatient?: boolean }) => Promise<OpenTransport>;

const list: ApiRequest = { verb: "list", group: "", version: "v1", resource: "configmaps", namespace: "default" };
const watch: ApiRequest = { ...list, verb: "watch" };
const update: ApiRequest = { ...list, verb: "update", name: "a", contentType: "application/json" };

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const parse = (data: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(data));
const answer = (value: unknown): ApiResponse => ({ code: 200, contentType: "application/json", body: bytes(value) });
const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);

const refuse = (): never => {
  throw new Error("not asked");
};
const handling = (handle: ApiHandler["handle"]): ApiHandler => ({ handle, stream: refuse });
const streaming = (stream: (sink: StreamSink, signal: AbortSignal, user: User, request: ApiRequest) => void): ApiHandler => ({
  handle: refuse,
  stream: (user, request, sink, signal) => stream(sink, signal, user, request),
});
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** A JSON document of about `length` bytes that differs from place to place. */
const bigDocument = (length: number): { readonly data: string } => {
  const line = Array.from({ length: 1000 }, (_, place) => String.fromCharCode(97 + (place % 26))).join("");
  return { data: Array.from({ length: Math.ceil(length / 1007) }, (_, place) => `${String(place).padStart(7, "0")}${line}`).join("") };
};

/** Runs the suite on what `open` opens. */
export const transportContract = (name: string, open: OpenTransportWith): void => {
  const test = suite(`transport contract: ${name}`, 20_000);

  test("carries a request as it is, and who asks", async () => {
    let seen: { user: User; request: ApiRequest } | undefined;
    await using opened = await open(
      handling((user, request) => {
        seen = { user, request };
        return Promise.resolve(answer({}));
      }),
    );
    const options = { labelSelector: "a in (b,c)", limit: 5, dryRun: ["All"], resourceVersionMatch: "NotOlderThan" } as const;
    await opened.transport.request({ ...list, options, accept: "application/json;as=Table" });
    assert.is(seen?.user.name, opened.user.name);
    assert.equal(seen?.user.groups.toSorted(), opened.user.groups.toSorted());
    const { verb, group, version, resource, namespace, accept } = seen?.request ?? {};
    assert.equal({ verb, group, version, resource, namespace, accept }, { ...list, accept: "application/json;as=Table" });
    assert.equal({ ...seen?.request.options }, options);
    assert.is(seen?.request.body?.length ?? 0, 0);
  });

  test("carries a body as it is", async () => {
    let seen: ApiRequest | undefined;
    await using opened = await open(
      handling((_, request) => {
        seen = request;
        return Promise.resolve(answer({}));
      }),
    );
    const body = new TextEncoder().encode('{ "spacing":  "and жук stay" }\n');
    await opened.transport.request({ ...update, verb: "patch", contentType: "application/merge-patch+json", body });
    assert.ok(Buffer.from(seen?.body ?? []).equals(body));
    assert.is(seen?.contentType, "application/merge-patch+json");
    assert.is(seen?.name, "a");
  });

  test("carries an answer as it is, with its warnings", async () => {
    const given: ApiResponse = { code: 201, contentType: "application/json", body: bytes({ a: "b" }), warnings: ['use "c"', "and d"] };
    await using opened = await open(handling(() => Promise.resolve(given)));
    const { code, contentType, body, warnings } = await opened.transport.request(list);
    assert.equal({ code, contentType, warnings }, { code: 201, contentType: "application/json", warnings: ['use "c"', "and d"] });
    assert.equal(parse(body), { a: "b" });
  });

  test("throws the Status of a failure", async () => {
    const given = conflict({ group: "apps", resource: "deployments", name: "web" });
    await using opened = await open(
      handling(() => Promise.resolve({ code: given.code, contentType: "application/json", body: bytes(given.status) })),
    );
    const error = await outcome(opened.transport.request(list));
    assert.instance(error, ApiError);
    assert.equal((error as ApiError).status, given.status);
  });

  test("carries a request of three mebibytes", async () => {
    let seen: Uint8Array | undefined;
    await using opened = await open(
      handling((_, request) => {
        seen = Uint8Array.from(request.body ?? []);
        return Promise.resolve(answer({}));
      }),
    );
    const body = bytes(bigDocument(3 * 1024 * 1024 - 4096));
    await opened.transport.request({ ...update, body });
    assert.ok(Buffer.from(seen ?? []).equals(body));
  });

  test("carries an answer of 64 mebibytes", async () => {
    const body = bytes(bigDocument(64 * 1024 * 1024));
    await using opened = await open(handling(() => Promise.resolve({ code: 200, contentType: "application/json", body })));
    const response = await opened.transport.request(list);
    assert.ok(Buffer.from(response.body).equals(body));
  });

  test("gives each of many concurrent requests its own answer", async () => {
    await using opened = await open(handling((_, request) => Promise.resolve(answer({ name: request.name }))));
    const names = Array.from({ length: 300 }, (_, place) => `n${place}`);
    const answers = await Promise.all(names.map((each) => opened.transport.request({ ...list, verb: "get", name: each })));
    assert.equal(
      answers.map(({ body }) => parse(body)),
      names.map((each) => ({ name: each })),
    );
  });

  test("rejects a request that is called off with the reason", async () => {
    const stop = new AbortController();
    await using opened = await open(
      handling(async (_user, _request, signal) => {
        stop.abort(new Error("enough"));
        await aborted(signal);
        return answer({});
      }),
    );
    const error = await outcome(opened.transport.request(list, stop.signal));
    assert.is((error as Error).message, "enough");
    assert.is(await outcome(opened.transport.request(list, stop.signal)), stop.signal.reason);
  });

  test("gives a stream's frames in order, until its end", async () => {
    await using opened = await open(
      streaming((sink) => {
        for (let count = 0; count < 1000; count++) sink.write(bytes({ count }));
        setImmediate(() => {
          for (let count = 1000; count < 2000; count++) sink.write(bytes({ count }));
          sink.end();
        });
      }),
    );
    const seen: unknown[] = [];
    await opened.transport.stream(watch, (frame) => seen.push(parse(frame)), new AbortController().signal);
    assert.equal(
      seen,
      Array.from({ length: 2000 }, (_, count) => ({ count })),
    );
  });

  test("carries who streams and what", async () => {
    let seen: unknown;
    await using opened = await open(
      streaming((sink, _, user, request) => {
        seen = { user: user.name, verb: request.verb, resource: request.resource, options: { ...request.options } };
        sink.end();
      }),
    );
    const options = { resourceVersion: "7", allowWatchBookmarks: true };
    await opened.transport.stream({ ...watch, options }, refuse, new AbortController().signal);
    assert.equal(seen, { user: opened.user.name, verb: "watch", resource: "configmaps", options });
  });

  test("gives a stream of no frames and no hurry", async () => {
    const { promise, resolve } = Promise.withResolvers<StreamSink>();
    await using opened = await open(streaming((sink) => resolve(sink)));
    const ended = opened.transport.stream(watch, refuse, new AbortController().signal);
    (await promise).end();
    await ended;
  });

  test("gives frames as large as the largest object", async () => {
    const frames = [bigDocument(1_600_000), { small: true }, bigDocument(1_500_000)];
    await using opened = await open(
      streaming((sink) => {
        for (const frame of frames) sink.write(bytes(frame));
        sink.end();
      }),
    );
    const seen: unknown[] = [];
    await opened.transport.stream(watch, (frame) => seen.push(parse(frame)), new AbortController().signal);
    assert.equal(seen, frames);
  });

  test("ends a stream with the Status of its failure, after the frames before it", async () => {
    const given = failure("Expired", "too old resource version: 1 (7)");
    await using opened = await open(
      streaming((sink) => {
        sink.write(bytes({ count: 0 }));
        sink.end(given);
      }),
    );
    const seen: unknown[] = [];
    const error = await outcome(opened.transport.stream(watch, (frame) => seen.push(parse(frame)), new AbortController().signal));
    assert.instance(error, ApiError);
    assert.equal((error as ApiError).status, given.status);
    assert.equal(seen, [{ count: 0 }]);
  });

  test("tells the server at once that a stream is called off", async () => {
    const gone = Promise.withResolvers<void>();
    await using opened = await open(
      streaming((sink, signal) => {
        sink.write(bytes({ count: 0 }));
        void aborted(signal).then(gone.resolve);
      }),
    );
    const stop = new AbortController();
    const error = await outcome(opened.transport.stream(watch, () => stop.abort(new Error("enough")), stop.signal));
    assert.is((error as Error).message, "enough");
    await gone.promise;
  });

  test("stops a server that is faster than its client, and loses nothing", async () => {
    const frame = bytes(bigDocument(10_000));
    const total = 2_000;
    let stops = 0;
    await using opened = await open(
      streaming((sink, signal) => {
        const send = async (from: number): Promise<void> => {
          let next = from;
          while (next < total && sink.write(frame)) next++;
          if (next >= total) return sink.end();
          stops++;
          await sink.drained(signal);
          return send(next + 1);
        };
        void send(0);
      }),
    );
    let seen = 0;
    await opened.transport.stream(
      watch,
      (given) => {
        seen++;
        assert.is(given.length, frame.length);
      },
      new AbortController().signal,
    );
    assert.is(seen, total);
    assert.ok(stops > 0, "the sink said stop");
  });

  test("keeps many streams apart", async () => {
    await using opened = await open(
      streaming((sink, _signal, _user, { options }) => {
        for (let count = 0; count < 20; count++) sink.write(bytes({ of: options?.labelSelector, count }));
        sink.end();
      }),
    );
    const streams = Array.from({ length: 50 }, async (_, of) => {
      const seen: unknown[] = [];
      const request = { ...watch, options: { labelSelector: `${of}` } };
      await opened.transport.stream(request, (frame) => seen.push(parse(frame)), new AbortController().signal);
      assert.equal(
        seen,
        Array.from({ length: 20 }, (__, count) => ({ of: `${of}`, count })),
      );
    });
    await Promise.all(streams);
  });

  test("fails streams and requests with ServiceUnavailable when the server is gone", async () => {
    await using opened = await open(
      { handle: () => new Promise(() => undefined), stream: (_user, _request, sink) => void sink.write(bytes({ count: 0 })) },
      { impatient: true },
    );
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const stream = outcome(opened.transport.stream(watch, () => begin(), new AbortController().signal));
    await begun;
    const pending = outcome(opened.transport.request(list));
    await opened.crash();
    assert.ok(isReason(await stream, "ServiceUnavailable"));
    assert.ok(isReason(await pending, "ServiceUnavailable"));
    assert.ok(isReason(await outcome(opened.transport.request(list)), "ServiceUnavailable"));
  });

  test("ends what is open when it is closed", async () => {
    const gone = Promise.withResolvers<void>();
    await using opened = await open(
      streaming((sink, signal) => {
        sink.write(bytes({ count: 0 }));
        void aborted(signal).then(gone.resolve);
      }),
    );
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const stream = outcome(opened.transport.stream(watch, () => begin(), new AbortController().signal));
    await begun;
    await opened.transport.close();
    assert.ok(isReason(await stream, "ServiceUnavailable"));
    await gone.promise;
  });
};
