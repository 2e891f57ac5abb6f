import * as assert from "uvu/assert";
import { WebhookError, type WebhookTarget } from "#actors/api-server/webhooks/caller.ts";
import { HttpsWebhookCaller } from "#actors/api-server/webhooks/https-caller.ts";
import { systemClock } from "#lib/clock.ts";
import { webhookCallerContract } from "#test/contract/webhook-caller.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { RawAnswer, startWebhookServer, type Hooks } from "#test/support/webhook-server.ts";
import { MemoryWebhooks } from "#test/support/webhooks.ts";

webhookCallerContract("memory", async (hooks) => {
  const caller = new MemoryWebhooks();
  for (const [path, hook] of Object.entries(hooks)) caller.set(`https://hook.test${path}`, hook);
  return { caller, targetOf: (path) => ({ url: `https://hook.test${path}` }), [Symbol.asyncDispose]: async () => undefined };
});

webhookCallerContract("https", async (hooks) => {
  const server = await startWebhookServer(hooks);
  const caller = new HttpsWebhookCaller(systemClock);
  return {
    caller,
    targetOf: (path) => ({ url: `${server.url}${path}`, certificateAuthority: server.authority }),
    [Symbol.asyncDispose]: async () => {
      caller.close();
      await server.stop();
    },
  };
});

const test = suite("api-server/webhooks/callers");

/** What asking a server of these hooks ends with. */
const asking = async (hooks: Hooks, change: (target: WebhookTarget) => WebhookTarget = (target) => target): Promise<unknown> => {
  const server = await startWebhookServer(hooks, ["web.default.svc"]);
  const caller = new HttpsWebhookCaller(systemClock);
  try {
    const target = change({ url: `${server.url}/hook`, certificateAuthority: server.authority });
    return await caller.call(target, {}, 10_000, new AbortController().signal);
  } catch (error) {
    assert.instance(error, WebhookError);
    return (error as Error).message.replace(server.url, "URL");
  } finally {
    caller.close();
    await server.stop();
  }
};

test("a certificate of an unknown authority, or for another name, is not believed", async () => {
  const hooks = { "/hook": () => ({}) };
  assert.match((await asking(hooks, ({ url }) => ({ url }))) as string, /^Post "URL\/hook": .*(certificate|self)/);
  assert.equal(await asking(hooks, (target) => ({ ...target, serverName: "web.default.svc" })), {});
  assert.match((await asking(hooks, (target) => ({ ...target, serverName: "other.default.svc" }))) as string, /altnames/);
});

test("an answer that is none is a failure", async () => {
  assert.is(await asking({ "/hook": () => new RawAnswer(500, "no") }), 'Post "URL/hook": the server answered 500: no');
  assert.match((await asking({ "/hook": () => new RawAnswer(200, "{") })) as string, /JSON/);
  assert.match((await asking({ "/hook": () => "x".repeat(4_000_000) })) as string, /the answer is longer than 3145728 bytes/);
});

test("connections are kept, and a server that is late is given up", async () => {
  const server = await startWebhookServer({ "/hook": () => ({}), "/never": () => undefined });
  const clock = new SimulatedClock();
  const caller = new HttpsWebhookCaller(clock);
  const call = (path: string) =>
    caller.call({ url: `${server.url}${path}`, certificateAuthority: server.authority }, {}, 5_000, new AbortController().signal);
  for (let times = 0; times < 5; times++) await call("/hook");
  assert.is(server.connections(), 1);
  const late = call("/never").catch((error: unknown) => (error as Error).message);
  await clock.advance(5_000);
  assert.is(await late, `Post "${server.url}/never": context deadline exceeded`);
  caller.close();
  await server.stop();
});

test("finds low ports of the cluster where a node without privileges has them", async () => {
  const caller = new HttpsWebhookCaller(systemClock, { ranges: ["127.0.0.0/8"], mayBindLow: false });
  const why = await caller.call({ url: "https://127.0.0.1:999/hook" }, {}, 10_000, new AbortController().signal).then(String, String);
  assert.match(why, /127\.0\.0\.1:10999/);
  caller.close();
});
