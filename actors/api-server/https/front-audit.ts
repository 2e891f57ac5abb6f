// What the HTTPS front tells the audit log: where each request comes from, and those that the core never sees.
import { isIP } from "node:net";
import { ApiError, internal } from "#api/meta/status.ts";
import type { Verb } from "#api/meta/resource.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import { parseResourcePath, verbOf } from "#lib/https/paths.ts";
import type { Auditor, Origin } from "../audit/auditor.ts";
import type { Answered } from "../audit/event.ts";
import type { AuditTrail } from "../audit/trail.ts";
import { attributesOf, type PathAttributes } from "../authorizer.ts";
import type { Exchange } from "./exchange.ts";
import { isTrue } from "./query.ts";

/** Every address on a request's way that is told, the nearest last, which alone is sure. upstream: apimachinery/pkg/util/net SourceIPs */
const sourcesOf = (exchange: Exchange): readonly string[] => {
  const told = (exchange.header("x-forwarded-for") ?? "").split(",").concat(exchange.header("x-real-ip") ?? "");
  const addresses = [...new Set(told.map((text) => text.trim()).filter((text) => isIP(text) !== 0))];
  const { remoteAddress: nearest } = exchange.request.socket;
  return nearest === undefined || addresses.at(-1) === nearest ? addresses : [...addresses, nearest];
};

/** Where a request comes from, and for whom it was asked if not for who asks. */
export const originOf = (exchange: Exchange, impersonator: User | undefined): Origin => {
  return {
    id: String(exchange.response.getHeader("Audit-Id")),
    uri: exchange.request.url ?? exchange.path,
    sources: sourcesOf(exchange),
    userAgent: exchange.header("user-agent"),
    impersonator,
  };
};

/** What a path is asked for, as authorization sees it. */
export const pathAttributesOf = ({ method, path }: Pick<Exchange, "method" | "path">): PathAttributes => ({
  verb: method.toLowerCase(),
  path,
});

/** What a method means where none is served. upstream: endpoints/request/requestinfo.go */
const VERBS: ReadonlyMap<string, Verb> = new Map([
  ["POST", "create"],
  ["PUT", "update"],
  ["PATCH", "patch"],
]);

/** The resource that is asked for, as far as the path tells; undefined: none. */
export const requestIn = ({ path, method, query }: Pick<Exchange, "path" | "method" | "query">): ApiRequest | undefined => {
  try {
    const place = parseResourcePath(path);
    if (place === undefined) return undefined;
    const { watch, rest: _rest, ...where } = place;
    const verb = verbOf(method, place, watch === true || isTrue(query.get("watch")));
    return { ...where, verb: verb ?? VERBS.get(method) ?? (method.toLowerCase() as Verb) };
  } catch {
    return undefined; // a path that cannot be read
  }
};

/** What is known of a refusal without its body. */
const refusalOf = ({ code, status: { reason, message } }: ApiError): Answered => ({ code, status: "Failure", reason, message });

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
  trail.done(refusalOf(error instanceof ApiError ? error : internal(error)));
};

type Refused = { readonly user: User; readonly origin: Origin; readonly error: unknown };

/** Runs what answers a request in its own way; the trail is told how. Throws: what it throws. */
export const answeredBy = async (trail: AuditTrail | undefined, exchange: Exchange, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
    trail?.done({ code: exchange.response.statusCode });
  } catch (error) {
    if (error instanceof ApiError) trail?.done(refusalOf(error));
    else trail?.panicked(error);
    throw error;
  }
};
