// Asks a pod whether it is well, over the pod's own address: one HTTP request or one connection. Errors read as Go's net
// package writes them, since users compare.
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";

type HttpRequest = {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
};

/** upstream: pkg/probe/http maxRespBodyLength */
const MAX_BODY = 10 * 1024;

const goError = (error: NodeJS.ErrnoException, host: string, port: number): Error =>
  error.code === "ECONNREFUSED" ? new Error(`dial tcp ${host}:${port}: connect: connection refused`, { cause: error }) : error;

const http = async (
  { scheme, host, port, path, headers }: HttpRequest,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly body: string }> => {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const send = scheme === "https" ? httpsRequest : httpRequest;
  const named = Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value]));
  const request = send({
    host,
    port,
    path,
    headers: { "user-agent": "kube-probe/1.36", accept: "*/*", connection: "close", ...named },
    signal,
    agent: false,
    rejectUnauthorized: false,
  });
  request.on("error", (error: NodeJS.ErrnoException) => reject(goError(error, host, port)));
  request.on("response", (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      if (size < MAX_BODY) chunks.push(chunk);
      size += chunk.length;
    });
    response.on("error", reject);
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8", 0, MAX_BODY) }));
  });
  request.end();
  return promise;
};

const tcp = async (host: string, port: number, signal: AbortSignal): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port, signal });
  socket.once("error", (error: NodeJS.ErrnoException) => reject(goError(error, host, port)));
  socket.once("connect", () => {
    socket.destroy();
    resolve();
  });
  return promise;
};

const grpc = (): Promise<string> => Promise.reject(new Error("gRPC probes are not supported by this node"));

/** Asks over real sockets. */
export const sockets = { http, tcp, grpc };
