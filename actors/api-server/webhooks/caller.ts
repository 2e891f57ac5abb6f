// How the API server asks webhooks: admission and the conversion of custom resources go this way.

/** Where a webhook is. */
export type WebhookTarget = {
  readonly url: string;
  /** Whose certificate it must show, when that is not the host of the URL. */
  readonly serverName?: string | undefined;
  /** PEM of the authority that signed its certificate; undefined: those that the machine trusts. */
  readonly certificateAuthority?: string | undefined;
};

/** A webhook did not answer, or not with what it should. The message is told to clients. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
}

/** Asks webhooks. */
export interface WebhookCaller {
  /** The answer to a JSON document, parsed. Throws: WebhookError, also when `timeoutMs` have gone by. */
  call(target: WebhookTarget, body: unknown, timeoutMs: number, signal: AbortSignal): Promise<unknown>;
}
