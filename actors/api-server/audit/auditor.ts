// The audit log of a server: what came in by either door, by the policy. What HTTPS alone knows (the address, the URI, who
// impersonates) it notes beside the request; over NATS the connection is the user. Whoever works on a request may annotate
// it: what no rule asks for costs a look into a map that it is not in.
import type { ApiRequest, User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import { urlOf } from "#lib/https/paths.ts";
import { uuid, type Random } from "#lib/random.ts";
import { attributesOf, type Attributes, type Decision } from "../authorizer.ts";
import { scopeOf, type AuditPolicy, type Level } from "./policy.ts";
import { SILENT, Trail, type AuditTrail } from "./trail.ts";

/** Where a request came from. */
export type Origin = {
  readonly id: string;
  readonly uri: string;
  readonly sources: readonly string[];
  readonly userAgent: string | undefined;
  /** Who asks, when it is not the user as whom they act. */
  readonly impersonator: User | undefined;
};

export type AuditorOptions = {
  readonly policy: AuditPolicy;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes one line of JSON. */
  readonly write: (line: string) => void;
};

/** What a request is for, as far as it was understood. `request` undefined: a path that is no resource. */
type Asked = { readonly attributes: Attributes; readonly request?: ApiRequest | undefined };

/** Writes down what a policy asks for. */
export class Auditor {
  readonly #options: AuditorOptions;
  readonly #origins = new WeakMap<ApiRequest, Origin>();
  readonly #trails = new WeakMap<ApiRequest, AuditTrail>();

  constructor(options: AuditorOptions) {
    this.#options = options;
  }

  /** Says where a request came from, before it is handled. */
  note(request: ApiRequest, origin: Origin): void {
    this.#origins.set(request, origin);
  }

  /** A request for a resource begins. */
  begin(user: User, request: ApiRequest): AuditTrail {
    const origin = this.#origins.get(request) ?? originOver(request, uuid(this.#options.random));
    const trail = this.#trail({ attributes: attributesSafely(request), request }, user, origin)?.received();
    if (trail !== undefined) this.#trails.set(request, trail);
    return trail ?? SILENT;
  }

  /** A request for a path begins. */
  beginPath(user: User, attributes: Attributes, origin: Origin): AuditTrail {
    return this.#trail({ attributes }, user, origin)?.received() ?? SILENT;
  }

  /** Nobody knows who asks. */
  refuse(asked: Asked, origin: Origin, { code, message }: { readonly code: number; readonly message: string }): void {
    this.#trail(asked, undefined, origin)?.refused(code, message);
  }

  /** What was decided about a request that has begun. */
  decided(request: ApiRequest, decision: Decision): void {
    this.#trails.get(request)?.decided(decision);
  }

  /** Something worth keeping about a request that has begun, where the level is at least `least`. */
  annotate(request: ApiRequest, key: string, value: () => string, least?: Level): void {
    this.#trails.get(request)?.annotate(key, value, least);
  }

  #trail({ attributes, request }: Asked, user: User | undefined, origin: Origin): Trail | undefined {
    const { policy, clock, write } = this.#options;
    const { id, uri, sources, userAgent, impersonator } = origin;
    const who = impersonator ?? user;
    const scope = scopeOf(policy, who, attributes);
    if (scope.level === "None") return undefined;
    const impersonated = impersonator === undefined ? undefined : user;
    const audited = { id, uri, sources, userAgent, scope, user: who, impersonated, attributes, request, receivedAt: clock.now() };
    return new Trail(
      audited,
      () => clock.now(),
      (event) => write(`${JSON.stringify(event)}\n`),
    );
  }
}

/** Over NATS nobody impersonates, and the address says nothing. */
const originOver = (request: ApiRequest, id: string): Origin => ({
  id,
  uri: urlOf(request),
  sources: [],
  userAgent: request.userAgent,
  impersonator: undefined,
});

/** A selector that cannot be read is the core's to refuse. */
const attributesSafely = (request: ApiRequest): Attributes => {
  try {
    return attributesOf(request);
  } catch {
    return attributesOf({ ...request, options: undefined });
  }
};
