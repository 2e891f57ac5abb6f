// Hands requests on to the API servers that answer for their paths. upstream: kube-aggregator/pkg/apiserver/handler_proxy.go
import type { Agent } from "node:https";
import { hostPort } from "#api/meta/ip.ts";
import { ApiError } from "#api/meta/status.ts";
import type { User } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import { headersOfUser } from "../authn/request-header.ts";
import type { Exchange } from "../https/exchange.ts";
import { textAnswer } from "../https/path-handler.ts";
import { forward, mayRepeat } from "../proxy/forward.ts";
import type { RemoteServer, RemoteServers } from "./remote-servers.ts";

/** For whom a request is handed on. `begun` is told when its answer begins, `signal` ends it. */
export type Handing = { readonly user: User; readonly begun: () => void; readonly signal: AbortSignal };

/** Another API server. */
export interface Delegate {
  /** What it is asked for. What is allowed is allowed for this path, and no other is handed on. */
  readonly path: string;
  /** Hands on an authorized request, and its answer back. Whatever keeps it from that is an answer too. */
  handle(exchange: Exchange, handing: Handing): Promise<void>;
}

/** Knows who answers for a path. */
export interface Delegates {
  /** Undefined: we do. */
  find(path: string): Delegate | undefined;
}

/**
 * The path as other servers read it: unescaped as a whole, so that an escaped slash is one too. Its escapes are known to be well
 * formed. upstream: proxyHandler's location is made of URL.Path
 */
const readAsWhole = (path: string): string =>
  path.includes("%") ? encodeURI(decodeURIComponent(path)).replace(/[?#]/g, encodeURIComponent) : path;

const UNAVAILABLE = "service unavailable";

/** upstream: the responder's http.Error */
const refuse = async (exchange: Exchange, clock: Clock, [code, text]: readonly [number, string]): Promise<void> => {
  exchange.abandonBody(clock);
  await exchange.answer(textAnswer(code, `${text}\n`));
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The agent, or what is wrong with the caBundle. What can be sent only once must have a good connection. */
const agentOf = (server: RemoteServer, exchange: Exchange): Agent | string => {
  try {
    const { kept, fresh } = server.agents();
    return mayRepeat(exchange) && exchange.upgrade === undefined ? kept : fresh;
  } catch (error) {
    return messageOf(error);
  }
};

/** Resolves with what kept it from being handed on, if anything did. */
const handOn = async (
  exchange: Exchange,
  { server, path }: { readonly server: RemoteServer; readonly path: string },
  { user, ...rest }: Handing,
): Promise<readonly [number, string] | undefined> => {
  const endpoint = server.version.available ? server.locate() : { reason: UNAVAILABLE };
  if ("reason" in endpoint) return [503, UNAVAILABLE];
  const agent = agentOf(server, exchange);
  if (typeof agent === "string") return [500, agent];
  const auditId = { "audit-id": String(exchange.response.getHeader("Audit-Id")) };
  const headers = { ...headersOfUser(user), ...auditId, host: hostPort(endpoint) };
  const location = { scheme: "https", ...endpoint } as const;
  try {
    const query = (exchange.request.url ?? "").slice(exchange.path.length);
    await forward(exchange, { location, path: path + query, prefix: "", headers, tls: { agent }, mayRedirect: false, ...rest });
    return undefined;
  } catch (error) {
    if (exchange.isAnswered || !(error instanceof ApiError)) throw error;
    return [503, error.message];
  }
};

/** Those behind APIServices. */
export const createDelegates = (servers: Pick<RemoteServers, "find">, clock: Clock): Delegates => ({
  find: (asked) => {
    const path = readAsWhole(asked);
    const server = servers.find(path);
    return (
      server && {
        path,
        handle: async (exchange, handing) => {
          const refusal = await handOn(exchange, { server, path }, handing);
          if (refusal !== undefined) await refuse(exchange, clock, refusal);
        },
      }
    );
  },
});
