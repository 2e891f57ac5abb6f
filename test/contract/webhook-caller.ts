// What every WebhookCaller must do.
import * as assert from "uvu/assert";
import { WebhookError, type WebhookCaller, type WebhookTarget } from "#actors/api-server/webhooks/caller.ts";
import { suite } from "#test/support/suite.ts";
import type { Hooks } from "#test/support/webhook-server.ts";

/** A caller, and where the hooks of the test are. */
type OpenCaller = AsyncDisposable & { readonly caller: WebhookCaller; readonly targetOf: (path: string) => WebhookTarget };

const TIMEOUT_MS = 10_000;

/** Tests one implementation. */
export const webhookCallerContract = (name: string, open: (hooks: Hooks) => Promise<OpenCaller>): void => {
  const test = suite(`${name} calls webhooks`);
  const ask = ({ caller, targetOf }: OpenCaller, path: string, body: unknown, signal = new AbortController().signal): Promise<unknown> =>
    caller.call(targetOf(path), body, TIMEOUT_MS, signal);

  test("and gives the answer to what was asked, as JSON has it", async () => {
    await using opened = await open({ "/echo": (body) => ({ got: body }) });
    assert.equal(await ask(opened, "/echo", { a: [1, "ü"], gone: undefined }), { got: { a: [1, "ü"] } });
  });

  test("several at a time", async () => {
    await using opened = await open({ "/echo": (body) => body });
    assert.equal(await Promise.all([1, 2, 3].map((n) => ask(opened, "/echo", { n }))), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("and names the address of one that does not answer", async () => {
    await using opened = await open({ "/never": () => undefined });
    const over = new AbortController();
    const asked = ask(opened, "/never", {}, over.signal).catch((error: unknown) => error);
    over.abort(new Error("nobody waits"));
    const error = await asked;
    assert.instance(error, WebhookError);
    assert.is((error as Error).message, `Post ${JSON.stringify(opened.targetOf("/never").url)}: nobody waits`);
  });
};
