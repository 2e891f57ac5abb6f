// An HTTPS server on loopback before a handler of the test's, and clients of it.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect, type ClientHttp2Session } from "node:http2";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { createAuthenticator } from "#actors/api-server/authn/authenticator.ts";
import { audited } from "#actors/api-server/audit/audited.ts";
import type { Authorizer } from "#actors/api-server/authorizer.ts";
import { firstHandler, textAnswer, type PathHandler } from "#actors/api-server/https/path-handler.ts";
import { createHttpsServer, type HttpsServerOptions } from "#actors/api-server/https/server.ts";
import type { Counted } from "#actors/api-server/metrics/request-metrics.ts";
import type { ApiHandler, ApiRequest, StreamSink, User } from "#lib/api.ts";
import { systemClock } from "#lib/clock.ts";
import { silent } from "#lib/log.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import { systemRandom } from "#lib/random.ts";

const pki = { clock: systemClock, random: systemRandom };
const authority = createAuthority("kubernetes", pki);
const serving = authority.then((ca) => ca.serving({ name: "kube-apiserver", dns: ["localhost"], ips: ["127.0.0.1"] }));

/** A serving certificate of loopback. */
export const servingOf = () => serving;

/** TLS options of a user's client, signed by the servers' authority. */
export const clientOf = async (name: string, groups: readonly string[] = []) => {
  const { certificate, key } = await (await authority).client({ name, groups });
  return { ca: (await authority).credentials.certificate, cert: certificate, key };
};

/** The same of an authority that no server trusts. */
export const strangerOf = async (name: string) => {
  const { certificate, key } = await (await createAuthority("stranger", pki)).client({ name, groups: ["system:masters"] });
  return { cert: certificate, key };
};

const jane = clientOf("jane", ["devs"]);
const encoder = new TextEncoder();

/** What the handler was asked. */
type Seen = { readonly user: User; readonly request: ApiRequest };

/** What a stream was given. */
export type Stream = Seen & { readonly sink: StreamSink; readonly signal: AbortSignal };

/** Answers every request with what it was. */
class EchoHandler implements ApiHandler {
  readonly seen: Seen[] = [];
  onStream: ((stream: Stream) => unknown) | undefined;
  answer: ApiHandler["handle"] = async (user, { body, ...request }) => ({
    code: 200,
    contentType: "application/json",
    body: encoder.encode(JSON.stringify({ user, request, body: body && Buffer.from(body).toString() })),
  });

  handle: ApiHandler["handle"] = (user, request, signal) => {
    this.seen.push({ user, request });
    return this.answer(user, request, signal);
  };

  stream: ApiHandler["stream"] = (user, request, sink, signal) => void this.onStream?.({ user, request, sink, signal });
}

const paths: PathHandler = ({ path }) => (path === "/healthz" ? textAnswer(200, "ok") : undefined);

/** What was told to the metrics. */
type Counting = Counted & { readonly isLong: boolean; readonly code: number; readonly sentBytes: number };

/** A server before an echo handler; `allows` decides on paths and impersonation. */
export const startServer = async (
  allows: Authorizer["authorize"] = () => ({ decision: "allow", reason: "" }),
  parts: Partial<Pick<HttpsServerOptions, "audit" | "connections" | "delegates" | "frontProxy" | "flow">> = {},
) => {
  const handler = new EchoHandler();
  const counted: Counting[] = [];
  const server = createHttpsServer({
    flow: { enter: () => ({ headers: {}, leave: () => undefined }) },
    ...parts,
    handler: parts.audit === undefined ? handler : audited(handler, parts.audit),
    authenticator: createAuthenticator({ read: async (token) => (token === "good" ? { name: "bot", groups: [] } : undefined) }),
    authorizer: { authorize: allows },
    paths: firstHandler([paths]),
    metrics: { begin: (request, isLong) => (code, sentBytes) => void counted.push({ ...request, isLong, code, sentBytes }) },
    clock: systemClock,
    random: systemRandom,
    log: silent,
    serving: await serving,
    clientAuthority: (await authority).credentials.certificate,
  });
  const port = await server.listen("127.0.0.1", 0);
  return { handler, server, port, counted };
};

/** Runs a test on a server that is stopped afterwards. */
export const withServer = async (
  body: (server: Awaited<ReturnType<typeof startServer>>) => Promise<void>,
  allows?: Authorizer["authorize"],
): Promise<void> => {
  const started = await startServer(allows);
  try {
    await body(started);
  } finally {
    await started.server.stop(100);
  }
};

/** An answer as a client sees it. */
export type Answer = {
  readonly code: number;
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly bytes: Buffer;
  readonly json: { readonly [key: string]: unknown };
};

type Ask = RequestOptions & { readonly body?: string | Buffer; readonly anonymous?: boolean };

const answerOf = async (source: AsyncIterable<unknown>, code: number, headers: Answer["headers"]): Promise<Answer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const text = bytes.toString();
  return { code, headers, bytes, json: text.startsWith("{") ? (JSON.parse(text.split("\n{")[0] ?? "") as Answer["json"]) : {} };
};

/** A request over HTTP/1.1, as jane unless told otherwise, not yet ended. */
export const open = async (port: number, path: string, { anonymous = false, ...options }: Ask = {}) => {
  const { ca, ...identity } = await jane;
  return httpsRequest({ host: "127.0.0.1", port, path, ca, agent: false, ...(anonymous ? {} : identity), ...options });
};

/** One request over HTTP/1.1. */
export const ask = async (port: number, path: string, { body, ...options }: Ask = {}): Promise<Answer> => {
  const request = await open(port, path, options);
  const answered = once(request, "response");
  request.end(body);
  const [response] = (await answered) as [IncomingMessage];
  return answerOf(response, response.statusCode ?? 0, response.headers);
};

/** A connection over HTTP/2, as jane. */
export const connectH2 = async (port: number): Promise<ClientHttp2Session> => {
  const session = connect(`https://127.0.0.1:${port}`, await jane);
  session.on("error", () => undefined);
  await once(session, "connect");
  return session;
};

/** One GET over HTTP/2. */
export const askH2 = async (session: ClientHttp2Session, path: string): Promise<Answer> => {
  const stream = session.request({ ":path": path });
  const [headers] = (await once(stream, "response")) as [Record<string, string>];
  return answerOf(stream, Number(headers[":status"]), headers);
};
