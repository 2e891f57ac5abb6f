// What the HTTPS front tells the audit log: where each request comes from, and those that the core never sees.
import { ApiError } from "#api/meta/status.ts";
import type { Verb } from "#api/meta/resource.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import { parseResourcePath, verbOf } from "#lib/https/paths.ts";
import type { Auditor, Origin } from "../audit/auditor.ts";
import type { AuditTrail } from "../audit/trail.ts";
import { attributesOf, type PathAttributes } from "../authorizer.ts";
import type { Exchange } from "./exchange.ts";
import { isTrue } from "./query.ts";

/** Where a request comes from, and for whom it was asked if not for who asks. */
export const originOf = (exchange: Exchange, impersonator: User | undefined): Origin => {
  const address = exchange.request.socket.remoteAddress;
  return {
    id: String(exchange.response.getHeader("Audit-Id")),
    uri: exchange.request.url ?? exchange.path,
    sources: address === undefined ? [] : [address],
    userAgent: exchange.header("user-agent"),
    impersonator,
  };
};

/** What a path is asked for, as authorization sees it. */
export const pathAttributesOf = ({ method, path }: Exchange): PathAttributes => ({ verb: method.toLowerCase(), path });

/** What a method means where none is served. upstream: endpoints/request/requestinfo.go */
const VERBS: { readonly [method: string]: Verb } = { POST: "create", PUT: "update", PATCH: "patch" };

/** The resource that is asked for, as far as the path tells; undefined: none. */
export const requestIn = ({ path, method, query }: Exchange): ApiRequest | undefined => {
  try {
    const place = parseResourcePath(path);
    if (place === undefined) return undefined;
    const { watch, rest: _rest, ...where } = place;
    const verb = verbOf(method, place, watch === true || isTrue(query.get("watch")));
    return { ...where, verb: verb ?? VERBS[method] ?? (method.toLowerCase() as Verb) };
  } catch {
    return undefined; // a path that cannot be read
  }
};

/** What is known of a refusal without its body. */
const refusalIn = (error: unknown) => {
  const { code, status } = error instanceof ApiError ? error : { code: 500, status: {} };
  return { code, status: "Failure", ...status };
};

/** What was tried to be somebody. upstream: apiserver/pkg/endpoints/filters/authn_audit.go getAuthMethods */
const attempts = (exchange: Exchange, hasCertificate: boolean): string => {
  const [scheme = ""] = (exchange.header("authorization") ?? "").trim().toLowerCase().split(" ");
  const tried = [...(["basic", "bearer"].includes(scheme) ? [scheme] : []), ...(hasCertificate ? ["x509"] : [])];
  return tried.length === 0 ? "Authentication failed, no credentials provided" : `Authentication failed, attempted: ${tried.join(", ")}`;
};

/** Tells of a request whose credentials are not good. */
export const auditStranger = (auditor: Auditor, exchange: Exchange, hasCertificate: boolean): void => {
  const request = requestIn(exchange);
  const attributes = request === undefined ? pathAttributesOf(exchange) : attributesOf(request);
  const answer = { code: 401, message: attempts(exchange, hasCertificate) };
  auditor.refuse({ attributes, request }, originOf(exchange, undefined), answer);
};

/** Tells of a request that was refused before it was understood. */
export const auditRefused = (auditor: Auditor, exchange: Exchange, { user, origin, error }: Refused): void => {
  const request = requestIn(exchange);
  if (request !== undefined) auditor.note(request, origin);
  const trail = request === undefined ? auditor.beginPath(user, pathAttributesOf(exchange), origin) : auditor.begin(user, request);
  const { code, status, reason, message } = refusalIn(error);
  trail.done({ code, status, reason, message });
};

type Refused = { readonly user: User; readonly origin: Origin; readonly error: unknown };

/** Runs what answers a request in its own way; the trail is told how. Throws: what it throws. */
export const answeredBy = async (trail: AuditTrail | undefined, exchange: Exchange, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
    trail?.done({ code: exchange.response.statusCode });
  } catch (error) {
    if (error instanceof ApiError)
      trail?.done({ code: error.code, status: "Failure", reason: error.status.reason, message: error.message });
    else trail?.panicked(error);
    throw error;
  }
};
