// The service account tokens in pods' volumes: asked of the API server, renewed when four fifths of their life have passed,
// or a day. upstream: pkg/kubelet/token/token_manager.go
import type { AuthenticationV1TokenRequest as TokenRequest, V1ServiceAccountTokenProjection } from "#api/generated/types.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { Client } from "#lib/client.ts";
import type { Clock } from "#lib/clock.ts";
import type { BoundPod } from "./pod/containers.ts";

/** A token, and when to ask for the next. */
export type Token = { readonly token: string; readonly renewAt: number };

const DAY_MS = 86_400_000;
const RENEW_AFTER = 0.8;

/** The tokens of this node's pods. */
export class Tokens {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #tokens = new Map<string, Map<string, Token>>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** The token of a projection: the one that is there while it is fresh. Throws: ApiError. */
  async get(pod: BoundPod, projection: V1ServiceAccountTokenProjection, signal: AbortSignal): Promise<Token> {
    const { uid } = pod.metadata;
    const key = `${projection.audience ?? ""}|${projection.expirationSeconds ?? ""}`;
    const own = this.#tokens.get(uid) ?? new Map<string, Token>();
    this.#tokens.set(uid, own);
    const known = own.get(key);
    if (known !== undefined && this.#clock.now() < known.renewAt) return known;
    const token = await this.#request(pod, projection, signal);
    own.set(key, token);
    return token;
  }

  forget(podUid: string): void {
    this.#tokens.delete(podUid);
  }

  async #request(
    { metadata: { namespace, name, uid }, spec }: BoundPod,
    { audience, expirationSeconds = 3600 }: V1ServiceAccountTokenProjection,
    signal: AbortSignal,
  ): Promise<Token> {
    const request: TokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { namespace, name: spec.serviceAccountName ?? "default" },
      spec: {
        audiences: audience === undefined || audience === "" ? [] : [audience],
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
      },
    };
    const askedAt = this.#clock.now();
    const { status } = (await this.#client.create(serviceAccounts, request, { subresource: "token" }, signal)) as TokenRequest;
    const expiresAt = Date.parse(status?.expirationTimestamp ?? "");
    const lifeMs = Number.isNaN(expiresAt) ? expirationSeconds * 1000 : expiresAt - askedAt;
    return { token: status?.token ?? "", renewAt: askedAt + Math.min(lifeMs * RENEW_AFTER, DAY_MS) };
  }
}
