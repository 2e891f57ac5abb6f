// Answers requests, each in its turn, from what the server holds at that moment.
//
// A1 nothing is written without authorization and admission: every request is understood here, and nowhere else.
import type { KubeObject } from "#api/meta/object.ts";
import { ApiError, failure, internal } from "#api/meta/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse, StreamSink, User } from "#lib/api.ts";
import { Client } from "#lib/client.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import { attributesOf, requireAllowed, type ResourceAttributes } from "./authorizer.ts";
import type { Call, Core } from "./core.ts";
import { TurnedAway, type FlowControl, type Ticket } from "./flow/flow-control.ts";
import { dispatch, dispatchStream } from "./pipeline/dispatch.ts";
import { InProgress } from "./pipeline/in-progress.ts";
import { resolve } from "./pipeline/resolve.ts";
import { respondError } from "./pipeline/respond.ts";
import type { ApiServerPorts, Guards } from "./ports.ts";
import { admittedConnection } from "./subresources/connect.ts";

/** Whom the server is when it writes what every cluster has. upstream: the loopback client */
export const SELF: User = { name: "system:apiserver", groups: ["system:masters", "system:authenticated"] };

export type RequestPorts = {
  readonly ports: ApiServerPorts;
  readonly guards: Guards;
  readonly flow: FlowControl;
  /** What answers reads (`isReading`) or writes now, if anything does. */
  readonly core: (isReading: boolean) => Core | undefined;
  /** Aborted when streams must end, because the server stops. */
  readonly closing: AbortSignal;
};

/** The answer, with how its request was placed. */
const placed = (response: ApiResponse, { headers }: Pick<Ticket, "headers">): ApiResponse => ({
  ...response,
  headers: { ...headers, ...response.headers },
});

/** Who asks, and for what. */
type Asker = { readonly user: User; readonly attributes: ResourceAttributes };

/** The requests of an API server. */
export class Requests implements ApiHandler {
  readonly #own: RequestPorts;
  readonly #inProgress = new InProgress();

  constructor(own: RequestPorts) {
    this.#own = own;
  }

  /** Resolves when none is in progress. */
  idle(): Promise<void> {
    return this.#inProgress.idle();
  }

  async handle(user: User, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    this.#inProgress.enter();
    try {
      return await this.#inTurn(user, request, signal);
    } catch (error) {
      const answer = respondError(this.#failureOf(error, request, signal));
      return error instanceof TurnedAway ? placed(answer, error) : answer;
    } finally {
      this.#inProgress.leave();
    }
  }

  stream(user: User, request: ApiRequest, sink: StreamSink, signal: AbortSignal): void {
    const { flow, closing } = this.#own;
    const run = async (): Promise<void> => {
      const over = AbortSignal.any([signal, closing]);
      const attributes = attributesOf(request);
      // A watch holds its seat until it has begun; what else streams has none. upstream: longRunningRequestCheck
      const ticket = request.verb === "watch" ? await flow.enter(user, attributes, over, request.options) : undefined;
      try {
        const core = this.#serving(request);
        await dispatchStream(core, this.#understand({ user, attributes }, request, over), sink);
      } finally {
        ticket?.leave();
      }
    };
    run().catch((error: unknown) => sink.end(this.#failureOf(error, request, signal)));
  }

  /** The options of a connection to what is behind an object, as admission has left them. Throws: ApiError. */
  async connect(user: User, request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    try {
      const core = this.#serving({ ...request, verb: "get" }); // nothing is written, whatever the method
      return await admittedConnection(core, this.#understand({ user, attributes: attributesOf(request) }, request, signal));
    } catch (error) {
      throw this.#failureOf(error, request, signal);
    }
  }

  /** A client that is the server itself, before it serves others. */
  asSelf(core: Core): Client {
    const handler: ApiHandler = {
      handle: (user, request, ended) =>
        this.#answer(core, { user, attributes: attributesOf(request) }, request, ended).catch((error: unknown) =>
          respondError(this.#failureOf(error, request, ended)),
        ),
      stream: (_user, _request, sink) => sink.end(),
    };
    return new Client(new MemoryTransport({ handler, user: SELF }));
  }

  /** Answers a request when its turn has come. Throws: ApiError. */
  async #inTurn(user: User, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    const attributes = attributesOf(request);
    const entering = this.#own.flow.enter(user, attributes, signal, request.options);
    const ticket = entering instanceof Promise ? await entering : entering;
    try {
      return placed(await this.#answer(this.#serving(request), { user, attributes }, request, signal), ticket);
    } catch (error) {
      return placed(respondError(this.#failureOf(error, request, signal)), ticket);
    } finally {
      ticket.leave();
    }
  }

  async #answer(core: Core, asker: Asker, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
    return dispatch(core, this.#understand(asker, request, signal));
  }

  /** Throws: Forbidden, NotFound, MethodNotAllowed. */
  #understand({ user, attributes }: Asker, request: ApiRequest, signal: AbortSignal): Call {
    const { ports, guards } = this.#own;
    requireAllowed(guards.authorizer, user, attributes, (decision) => ports.audit?.decided(request, decision));
    return resolve(ports.scheme, user, request, signal);
  }

  /** Throws: ServiceUnavailable unless the request can be served now. */
  #serving({ verb }: ApiRequest): Core {
    const core = this.#own.core(verb === "get" || verb === "list" || verb === "watch");
    if (core !== undefined) return core;
    throw failure("ServiceUnavailable", "the server is currently unable to handle the request", { retryAfterSeconds: 1 });
  }

  #failureOf(error: unknown, { verb, group, resource, namespace, name }: ApiRequest, signal: AbortSignal): ApiError {
    if (error instanceof ApiError) return error;
    if (signal.aborted) return failure("Timeout", "Timeout: request did not complete within the allotted timeout");
    this.#own.ports.log("error", "request failed", { verb, group, resource, namespace, name, error });
    return internal(error);
  }
}
