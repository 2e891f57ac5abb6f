// Requests that other API servers answer: authorized, counted and written down as our own, then handed on.
// upstream: kube-aggregator's chain is the generic API server's
import { ApiError } from "#api/meta/status.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import type { Auditor, Origin } from "../audit/auditor.ts";
import type { AuditTrail } from "../audit/trail.ts";
import { attributesOf, requireAllowed, type Authorizer } from "../authorizer.ts";
import type { Delegate } from "../aggregation/delegates.ts";
import type { FlowControl } from "../flow/flow-control.ts";
import type { RequestMetrics } from "../metrics/request-metrics.ts";
import type { Exchange } from "./exchange.ts";
import { answeredBy, pathAttributesOf, requestIn } from "./front-audit.ts";
import { turnOf, type Asking } from "./turn.ts";

type DelegatedPorts = {
  readonly authorizer: Authorizer;
  readonly flow: Pick<FlowControl, "enter">;
  readonly audit?: Auditor | undefined;
  readonly metrics: RequestMetrics;
  readonly stopping: AbortSignal;
};

/** `origin` is for the audit log. */
type Delegated = { readonly user: User; readonly origin: () => Origin; readonly delegate: Delegate };

/** The trail is told what was decided. */
type Audited = Asking & { readonly trail: AuditTrail | undefined };

/** The resource that is asked for, with what authorization reads of the query. */
const resourceIn = ({ method, query }: Exchange, { path }: Delegate): ApiRequest | undefined => {
  const request = requestIn({ method, query, path });
  const fieldSelector = query.get("fieldSelector");
  return request === undefined || fieldSelector === null ? request : { ...request, options: { fieldSelector } };
};

/** A turn is over when the request is handed on: the other server may have to ask us before it answers. upstream: RequestDelegated */
const admit = async ({ flow, authorizer }: DelegatedPorts, exchange: Exchange, asking: Audited): Promise<void> => {
  const { user, attributes, trail } = asking;
  const ticket = await turnOf(flow, exchange, asking);
  try {
    requireAllowed(authorizer, user, attributes, (decision) => trail?.decided(decision));
  } finally {
    ticket.leave();
  }
};

/** A watch has no end of its own. */
const endOf = ({ stopping }: DelegatedPorts, { gone }: Exchange, request: ApiRequest | undefined): AbortSignal =>
  request?.verb === "watch" ? AbortSignal.any([gone, stopping]) : gone;

const codeOf = (error: unknown): number => (error instanceof ApiError ? error.code : 500);

type Begun = { readonly asking: Audited; readonly done: ((code: number, sentBytes: number) => void) | undefined };

/** The audit log and the metrics are told. */
const begin = ({ audit, metrics }: DelegatedPorts, exchange: Exchange, { user, origin, delegate, request }: Beginning): Begun => {
  if (request === undefined) {
    const attributes = pathAttributesOf({ method: exchange.method, path: delegate.path });
    return { asking: { user, attributes, trail: audit?.beginPath(user, attributes, origin()) }, done: undefined };
  }
  audit?.note(request, origin());
  return { asking: { user, attributes: attributesOf(request), trail: audit?.begin(user, request) }, done: metrics.begin(request, true) };
};

type Beginning = Delegated & { readonly request: ApiRequest | undefined };

/** Answers it. Throws: Forbidden, TooManyRequests. */
export const answerDelegated = async (ports: DelegatedPorts, exchange: Exchange, { user, origin, delegate }: Delegated): Promise<void> => {
  const request = resourceIn(exchange, delegate);
  const { asking, done } = begin(ports, exchange, { user, origin, delegate, request });
  const begun = (): void => (request?.verb === "watch" ? asking.trail?.started() : undefined);
  try {
    await answeredBy(asking.trail, exchange, async () => {
      await admit(ports, exchange, asking);
      await delegate.handle(exchange, { user, begun, signal: endOf(ports, exchange, request) });
    });
    done?.(exchange.response.statusCode, exchange.sentBytes);
  } catch (error) {
    done?.(codeOf(error), exchange.sentBytes);
    throw error;
  }
};
