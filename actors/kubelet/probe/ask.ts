// What a probe or a hook asks of a container, from its spec. Pure. upstream: pkg/probe/http/request.go, pkg/kubelet/prober/prober.go
import type { V1Container, V1HTTPGetAction, V1Probe } from "#api/generated/types.ts";
import { hostPort } from "#api/meta/ip.ts";
import type { HttpRequest } from "./io.ts";

/** What a WASI container cannot do for anyone. */
export const EXEC_UNSUPPORTED = "exec is not supported: a WASI container cannot run a second process";

/** The one thing that is asked. */
export type Ask =
  | { readonly ask: "http"; readonly request: HttpRequest }
  | { readonly ask: "tcp"; readonly host: string; readonly port: number }
  | { readonly ask: "grpc"; readonly host: string; readonly port: number; readonly service: string }
  | { readonly ask: "nothing"; readonly why: string };

/** A port by number or by the name that the container gives it. */
export const portOf = (port: number | string, { ports = [] }: V1Container): number | undefined => {
  if (typeof port === "number") return port;
  return ports.find(({ name }) => name === port)?.containerPort ?? (/^\d+$/.test(port) ? Number(port) : undefined);
};

const notFound = (port: number | string): Ask => ({ ask: "nothing", why: `couldn't find port: ${port}` });

/** The headers of every request, which the spec's own replace. */
const headersOf = ({ httpHeaders = [] }: V1HTTPGetAction, agent: string): HttpRequest["headers"] => {
  const own = new Set(httpHeaders.map(({ name }) => name.toLowerCase()));
  const usual = [
    { name: "User-Agent", value: agent },
    { name: "Accept", value: "*/*" },
  ];
  return [...usual.filter(({ name }) => !own.has(name.toLowerCase())), ...httpHeaders.filter(({ value }) => value !== "")];
};

/** What an httpGet asks of the container at `ip`. */
export const httpAsk = (get: V1HTTPGetAction, container: V1Container, ip: string, agent: string): Ask => {
  const port = portOf(get.port, container);
  if (port === undefined) return notFound(get.port);
  const { host = "", path = "", scheme = "HTTP" } = get;
  const request: HttpRequest = {
    scheme: scheme.toUpperCase() === "HTTPS" ? "https" : "http",
    host: host === "" ? ip : host,
    port,
    path: path.startsWith("/") ? path : `/${path}`,
    headers: headersOf(get, agent),
  };
  return { ask: "http", request };
};

/** What a probe asks of the container at `ip`. */
export const probeAsk = ({ exec, httpGet, tcpSocket, grpc }: V1Probe, container: V1Container, ip: string, agent: string): Ask => {
  if (httpGet !== undefined) return httpAsk(httpGet, container, ip, agent);
  if (tcpSocket !== undefined) {
    const port = portOf(tcpSocket.port, container);
    return port === undefined ? notFound(tcpSocket.port) : { ask: "tcp", host: tcpSocket.host ?? ip, port };
  }
  if (grpc !== undefined) return { ask: "grpc", host: ip, port: grpc.port, service: grpc.service ?? "" };
  return { ask: "nothing", why: exec === undefined ? "missing probe handler" : EXEC_UNSUPPORTED };
};

/** A request's address, as Go's errors quote it. */
export const urlOf = ({ scheme, host, port, path }: HttpRequest): string => `${scheme}://${hostPort({ host, port })}${path}`;
