// Webhooks of tests: functions by the URL under which the API server asks for them.
import { WebhookError, type WebhookCaller, type WebhookTarget } from "#actors/api-server/webhooks/caller.ts";

/** Answers to what the API server asks. */
export type Hook = (body: never) => unknown;

/** Asks functions instead of servers. What is not there does not answer. */
export class MemoryWebhooks implements WebhookCaller {
  readonly asked: { readonly target: WebhookTarget; readonly body: unknown }[] = [];
  readonly #hooks = new Map<string, Hook>();

  set(url: string, hook: Hook): void {
    this.#hooks.set(url, hook);
  }

  async call(target: WebhookTarget, body: unknown): Promise<unknown> {
    const sent = JSON.stringify(body);
    this.asked.push({ target, body: JSON.parse(sent) as unknown });
    const [url = ""] = target.url.split("?");
    const hook = this.#hooks.get(url);
    if (hook === undefined) throw new WebhookError(`Post ${JSON.stringify(target.url)}: connection refused`);
    return hook(JSON.parse(sent) as never);
  }
}
