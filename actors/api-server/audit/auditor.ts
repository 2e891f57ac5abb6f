// The audit log of a server: what came in by either door, by the policy. What HTTPS alone knows (the address, the URI, who
// impersonates) it notes beside the request; over NATS the connection is the user.
import type { ApiHandler, ApiRequest, StreamSink, User } from "#lib/api.ts";
import { ApiError } from "#api/meta/status.ts";
import type { Clock } from "#lib/clock.ts";
import { urlOf } from "#lib/https/paths.ts";
import { uuid, type Random } from "#lib/random.ts";
import { attributesOf, type Attributes, type Authorizer } from "../authorizer.ts";
import { eventOf, type Answered, type Audited } from "./event.ts";
import { scopeOf, type AuditPolicy, type Stage } from "./policy.ts";

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
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes one line of JSON. */
  readonly write: (line: string) => void;
};

/** Told how a request goes on. */
export type AuditTrail = {
  /** A stream has begun. */
  started(): void;
  done(answered: Answered): void;
};

const SILENT: AuditTrail = { started: () => undefined, done: () => undefined };

/** Writes down what a policy asks for. */
export class Auditor {
  readonly #options: AuditorOptions;
  readonly #origins = new WeakMap<ApiRequest, Origin>();

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
    return this.#begin(user, attributesSafely(request), { request, origin });
  }

  /** A request for a path begins. */
  beginPath(user: User, attributes: Attributes, origin: Origin): AuditTrail {
    return this.#begin(user, attributes, { request: undefined, origin });
  }

  #begin(user: User, attributes: Attributes, { request, origin }: From): AuditTrail {
    const { policy, authorizer, clock } = this.#options;
    const { id, uri, sources, userAgent, impersonator } = origin;
    const who = impersonator ?? user;
    const scope = scopeOf(policy, who, attributes);
    if (scope.level === "None") return SILENT;
    const impersonated = impersonator === undefined ? undefined : user;
    const decision = authorizer.authorize(user, attributes);
    const receivedAt = clock.now();
    const one = { id, uri, sources, userAgent, scope, user: who, impersonated, attributes, request, decision, receivedAt };
    this.#write(one, "RequestReceived");
    return {
      started: () => this.#write(one, "ResponseStarted", { code: 200, body: undefined }),
      done: (answered) => this.#write(one, "ResponseComplete", answered),
    };
  }

  #write(audited: Audited, stage: Stage, answered?: Answered): void {
    if (audited.scope.omitStages.includes(stage)) return;
    const event = eventOf(audited, stage, { now: this.#options.clock.now(), ...(answered === undefined ? {} : { answered }) });
    this.#options.write(`${JSON.stringify(event)}\n`);
  }
}

type From = { readonly request: ApiRequest | undefined; readonly origin: Origin };

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

/** The handler, with everything that it answers written down. */
export const audited = (handler: ApiHandler, auditor: Auditor): ApiHandler => ({
  handle: async (user, request, signal) => {
    const trail = auditor.begin(user, request);
    const response = await handler.handle(user, request, signal);
    trail.done(response);
    return response;
  },
  stream: (user, request, sink, signal) => handler.stream(user, request, auditedSink(sink, auditor.begin(user, request)), signal),
});

const auditedSink = (sink: StreamSink, trail: AuditTrail): StreamSink => {
  let isOpen = false;
  const open = (): void => {
    if (isOpen) return;
    isOpen = true;
    trail.started();
  };
  return {
    opened: () => {
      open();
      sink.opened?.();
    },
    write: (frame) => {
      open();
      return sink.write(frame);
    },
    drained: (signal) => sink.drained(signal),
    end: (error) => {
      trail.done({ code: error instanceof ApiError ? error.code : error === undefined ? 200 : 500, body: undefined });
      sink.end(error);
    },
  };
};
