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

  async call(target: WebhookTarget, body: unknown, _timeoutMs: number, signal: AbortSignal): Promise<unknown> {
    const sent = JSON.stringify(body);
    this.asked.push({ target, body: JSON.parse(sent) as unknown });
    const [url = ""] = target.url.split("?");
    const hook = this.#hooks.get(url);
    if (hook === undefined) throw new WebhookError(`Post ${JSON.stringify(target.url)}: connection refused`);
    const answer = await hook(JSON.parse(sent) as never);
    return answer ?? unanswered(target, signal);
  }
}

/** One that answers nothing is waited for until nobody waits any longer. */
const unanswered = ({ url }: WebhookTarget, signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const fail = (): void => reject(new WebhookError(`Post ${JSON.stringify(url)}: ${(signal.reason as Error).message}`));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
