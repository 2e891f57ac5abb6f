// Components that answer HTTP requests, on real threads and a real network: the example web.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { setTimeout as sleepMs } from "node:timers/promises";
import * as assert from "uvu/assert";
import type { ContainerConfig } from "#runtime/port.ts";
import { run, type Watched } from "#test/contract/runtime.ts";
import { suite } from "#test/support/suite.ts";
import { openNode, type OpenNode } from "./support.ts";

const test = suite("components that serve HTTP", 30_000);

type Serving = {
  readonly opened: OpenNode;
  readonly watched: Watched;
  readonly url: (path: string) => string;
  readonly log: () => Promise<string>;
};

const serving = async (rest: Partial<ContainerConfig>, body: (serving: Serving) => Promise<void>): Promise<void> => {
  await using opened = await openNode("web");
  const watched = await run(opened, [], rest);
  const [sandbox] = await opened.runtime.sandboxes();
  const port = rest.ports?.[0]?.containerPort ?? 8080;
  await body({
    opened,
    watched,
    url: (path) => `http://${sandbox?.ip}:${port}${path}`,
    log: () => readFile(opened.logPath("main"), "utf8"),
  });
};
const textOf = async (url: string, init: RequestInit = {}): Promise<string> => (await fetch(url, init)).text();
const statusOf = async (url: string): Promise<number> => (await fetch(url, { signal: AbortSignal.timeout(20_000) })).status;

test("answers on the pod's address, on 8080 when no port is named", () =>
  serving({ env: [{ name: "GREETING", value: "Good morning" }] }, async ({ url }) => {
    const response = await fetch(url("/a/path?q=1"), { headers: { "x-asked": "yes" } });
    assert.is(response.status, 200);
    assert.match(await response.text(), /^Good morning from \S+\nGET \/a\/path\?q=1\n(.*\n)*x-asked: yes\n/);
  }));
test("answers on the ports that the container names", () =>
  serving({ ports: [{ containerPort: 9090, protocol: "TCP" }] }, async ({ url }) => {
    const response = await fetch(url("/healthz"));
    assert.is(response.headers.get("content-length"), "3", "what is whole goes with its length");
    assert.is(await response.text(), "ok\n");
  }));
test("passes a body on while it comes, and no further than it is read", () =>
  serving({}, async ({ url }) => {
    for (const length of [0, 10, 4096, 50_000, 1 << 20]) {
      const body = "x".repeat(length);
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.is(await textOf(url("/echo"), { method: "POST", body }), body);
    }
  }));
test("gives each request an instance of its own, and one to all when the pod says so", async () => {
  const counts = async ({ url }: Serving): Promise<readonly string[]> => [await textOf(url("/count")), await textOf(url("/count"))];
  await serving({}, async (serves) => assert.equal(await counts(serves), ["1\n", "1\n"]));
  await serving({ annotations: { "orrery.dev/http-instances": "reuse" } }, async (serves) =>
    assert.equal(await counts(serves), ["1\n", "2\n"]),
  );
});
test("answers a trap with 500, logs it and goes on", () =>
  serving({}, async ({ url, log, watched }) => {
    const response = await fetch(url("/crash"));
    assert.is(response.status, 500);
    assert.is(await response.text(), "the component failed: unreachable\n");
    assert.match(await log(), "stderr F trap: unreachable");
    assert.is(await textOf(url("/healthz")), "ok\n");
    assert.is(watched.last?.state, "running");
  }));
test("ends what nobody waits for, and lets others run beside a loop", () =>
  serving({ annotations: { "orrery.dev/http-concurrency": "1" } }, async ({ url }) => {
    const abort = new AbortController();
    const looping = fetch(url("/loop"), { signal: abort.signal }).catch(() => undefined);
    const waiting = textOf(url("/healthz"));
    assert.is(await Promise.race([waiting, sleepMs(300, "waits")]), "waits", "there is one request at a time");
    abort.abort();
    await looping;
    assert.is(await waiting, "ok\n");
  }));
test("serves others while one loops", () =>
  serving({}, async ({ url }) => {
    const abort = new AbortController();
    const looping = fetch(url("/loop"), { signal: abort.signal }).catch(() => undefined);
    for (let count = 0; count < 5; count++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      assert.is(await textOf(url("/healthz")), "ok\n");
    }
    abort.abort();
    await looping;
  }));
test("is ended for want of memory as any container is", () =>
  serving({ memoryLimitBytes: 8 << 20 }, async ({ url, watched }) => {
    await statusOf(url("/grow")).catch(() => undefined);
    const { exitCode, reason } = await watched.exited();
    assert.equal({ exitCode, reason }, { exitCode: 137, reason: "OOMKilled" });
  }));
test("answers what has begun when it is asked to stop, and ends well", () =>
  serving({}, async ({ opened, url, watched }) => {
    const { hostname } = new URL(url("/"));
    const socket = connect({ host: hostname, port: 8080 });
    await once(socket, "connect");
    socket.write("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nhal");
    await sleepMs(100);
    const stopped = opened.runtime.stop(watched.id, 10_000);
    await sleepMs(100);
    assert.is(watched.last?.state, "running");
    assert.is(await statusOf(url("/healthz")).catch(() => "refused"), "refused");
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.write("ves");
    await once(socket, "close");
    assert.match(answer, "HTTP/1.1 200 OK");
    assert.match(answer, "hal");
    await stopped;
    const { exitCode, reason } = await watched.exited();
    assert.equal({ exitCode, reason }, { exitCode: 0, reason: "Completed" });
  }));
test("is killed when what has begun takes longer than the grace", () =>
  serving({}, async ({ opened, url, watched }) => {
    const sleeping = fetch(url("/sleep")).catch(() => undefined);
    await sleepMs(100);
    await opened.runtime.stop(watched.id, 100);
    assert.is((await watched.exited()).exitCode, 137);
    await sleeping;
  }));
test("does not start when its port is taken or its annotations are wrong", async () => {
  await using opened = await openNode("web");
  const wrong = { annotations: { "orrery.dev/http-instances": "many" } };
  const error = await run(opened, [], wrong).catch((thrown: unknown) => thrown);
  assert.match((error as Error).message, 'annotation orrery.dev/http-instances: "many" is neither "fresh" nor "reuse"');
});
