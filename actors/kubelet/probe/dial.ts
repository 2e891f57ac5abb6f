// HOW containers are asked over the network: node's own clients, errors in Go's words since users know and compare them.
import { connect as connectHttp2, constants } from "node:http2";
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { connect } from "node:net";
import { hostPort } from "#api/meta/ip.ts";
import { dialError } from "#lib/dial-error.ts";
import { urlOf } from "./ask.ts";
import { healthRequest, healthStatus } from "./grpc-health.ts";
import type { HttpRequest, ProbeIo } from "./io.ts";

/** How much of a body is read. upstream: pkg/probe/http maxRespBodyLength */
const MOST_BODY = 10 * 1024;

const getError = (request: HttpRequest, error: NodeJS.ErrnoException): Error => {
  const cause = error.code === "ECONNRESET" ? new Error("EOF") : dialError(request.host, request.port, error);
  return new Error(`Get "${urlOf(request)}": ${cause.message}`, { cause: error });
};

const bodyOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= MOST_BODY) break;
  }
  return Buffer.concat(chunks).toString("utf8", 0, MOST_BODY);
};

const http: ProbeIo["http"] = async (request, signal) => {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = Object.fromEntries(request.headers.map(({ name, value }) => [name, value]));
  const options: RequestOptions = { host: request.host, port: request.port, path: request.path, headers, signal, agent: false };
  const send = request.scheme === "https" ? requestHttps : requestHttp;
  const sent = send({ ...options, ...(request.scheme === "https" ? { rejectUnauthorized: false } : {}) }, resolve);
  sent.on("error", reject);
  sent.end();
  try {
    const response = await promise;
    return { status: response.statusCode ?? 0, body: await bodyOf(response) };
  } catch (error) {
    throw getError(request, error as NodeJS.ErrnoException);
  } finally {
    sent.destroy();
  }
};

const tcp: ProbeIo["tcp"] = async (host, port, signal) => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, signal });
  socket.once("connect", resolve);
  socket.once("error", reject);
  try {
    await promise;
  } catch (error) {
    throw dialError(host, port, error as NodeJS.ErrnoException);
  } finally {
    socket.destroy();
  }
};

const grpc: ProbeIo["grpc"] = async (host, port, service, signal) => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const session = connectHttp2(`http://${hostPort({ host, port })}`);
  session.once("error", reject);
  const stream = session.request(
    {
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: "/grpc.health.v1.Health/Check",
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      te: "trailers",
    },
    { signal },
  );
  const chunks: Buffer[] = [];
  let status = "0";
  const note = ({ "grpc-status": code }: { readonly "grpc-status"?: unknown }): void => {
    if (typeof code === "string") status = code;
  };
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("response", note);
  stream.on("trailers", note);
  stream.once("error", (error: Error) => reject((error.cause ?? error) as Error)); // the session's own failure, if that is why
  stream.once("end", () => resolve(status));
  stream.end(healthRequest(service));
  try {
    const code = await promise;
    if (code !== "0") throw new Error(`health rpc failed: rpc error: code = ${code}`);
    return healthStatus(Buffer.concat(chunks));
  } catch (error) {
    throw dialError(host, port, error as NodeJS.ErrnoException);
  } finally {
    session.destroy();
  }
};

/** Asks over the network. Certificates are not checked, as upstream's probes do not. */
export const probeIo: ProbeIo = { http, tcp, grpc };
