// The paths that a kubelet answers, as upstream's does on port 10250. upstream: pkg/kubelet/server/server.go
import type { StreamSink } from "#lib/api.ts";
import { encodeHead, type LogRequest, type ReadRequest } from "#lib/node-api.ts";
import { ApiError } from "#api/meta/status.ts";
import { streamLog } from "../logs/handler.ts";
import { configOf } from "./configz.ts";
import type { KubeletParts } from "./view.ts";
import { kubeletMetrics, probeMetrics, resourceMetrics } from "./metrics.ts";
import { boundPods, runningPods } from "./pod-lists.ts";
import { usageOf } from "./usage.ts";
import { summaryOf } from "./summary.ts";

type Answer = { readonly code: number; readonly contentType: string; readonly body: string };
type Answering = { readonly sink: StreamSink; readonly signal: AbortSignal };

const TEXT = "text/plain; charset=utf-8";
const METRICS = "text/plain; version=0.0.4; charset=utf-8";

const text = (code: number, body: string): Answer => ({ code, contentType: TEXT, body });
const json = (value: unknown): Answer => ({ code: 200, contentType: "application/json", body: JSON.stringify(value) });
const metrics = (body: string): Answer => ({ code: 200, contentType: METRICS, body });

const PATHS: { readonly [path: string]: (parts: KubeletParts) => Answer | Promise<Answer> } = {
  "/healthz": () => text(200, "ok"),
  "/healthz/ping": () => text(200, "ok"),
  "/pods": ({ view }) => json(boundPods(view)),
  "/runningpods": ({ view }) => json(runningPods(view)),
  "/configz": ({ config }) => json({ kubeletconfig: configOf(config) }),
  "/stats/summary": async (parts) => json(summaryOf(await usageOf(parts))),
  "/metrics": ({ config, view }) => metrics(kubeletMetrics(config, view)),
  "/metrics/probes": ({ view }) => metrics(probeMetrics(view.probeCounts())),
  "/metrics/resource": async (parts) => metrics(resourceMetrics(await usageOf(parts))),
};

/** upstream: go-restful's words, and net/http's for files that are not there */
const unknownPath = (path: string): Answer => text(404, path.startsWith("/logs/") ? "404 page not found\n" : "404: Page Not Found");

const answerOf = async (parts: KubeletParts, method: string, path: string): Promise<Answer> => {
  const known = PATHS[path.replace(/(.)\/$/, "$1")];
  if (known === undefined) return unknownPath(path);
  if (method !== "GET" && method !== "HEAD") return text(405, "405: Method Not Allowed");
  return known(parts);
};

const encoder = new TextEncoder();

const send = ({ sink }: Answering, { code, contentType, body }: Answer): void => {
  sink.write(encodeHead({ code, contentType }));
  sink.write(encoder.encode(body));
  sink.end();
};

/** Answers a request for a path. */
export const readPath = async (parts: KubeletParts, { method, path: asked }: ReadRequest, answering: Answering): Promise<void> => {
  const { pathname, searchParams } = new URL(`http://kubelet${asked}`);
  const [, namespace, pod, container] = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  if (namespace === undefined || pod === undefined || container === undefined)
    return send(answering, await answerOf(parts, method, pathname));
  return sendLog(parts, { namespace, pod, container, ...logOptions(searchParams) }, answering);
};

const isTrue = (value: string | null): boolean => value !== null && value !== "false" && value !== "0";
const numberIn = (value: string | null): number | undefined => (value === null || value === "" ? undefined : Number(value));

const logOptions = (query: URLSearchParams): Omit<LogRequest, "namespace" | "pod" | "container"> => ({
  what: "logs",
  follow: isTrue(query.get("follow")),
  previous: isTrue(query.get("previous")),
  timestamps: isTrue(query.get("timestamps")),
  sinceTime: query.get("sinceTime") ?? undefined,
  sinceSeconds: numberIn(query.get("sinceSeconds")),
  tailLines: numberIn(query.get("tailLines")),
  limitBytes: numberIn(query.get("limitBytes")),
});

/** upstream: getContainerLogs, whose failures are told in words */
const sendLog = async ({ ports, view }: KubeletParts, request: LogRequest, answering: Answering): Promise<void> => {
  let source;
  try {
    source = view.logOf(request);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return send(answering, text(error.code, error.message));
  }
  answering.sink.write(encodeHead({ code: 200, contentType: "text/plain" }));
  await streamLog(ports, request, source, answering);
};
