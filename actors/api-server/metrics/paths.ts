// /metrics and /metrics/slis, in Prometheus' text format. The library that writes it is loaded when somebody first scrapes.
import type { PathHandler } from "../https/path-handler.ts";
import { expositionOf, type Family } from "#lib/metrics.ts";

/** Answers the families of one part of the server. */
export type Collector = () => readonly Family[];

type Registry = { readonly contentType: string; metrics(): Promise<string> };

const encoder = new TextEncoder();

const TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** Serves the metrics of the collectors and those of the process, and apart what tells how well the service does. */
export const metricsPaths = (collectors: readonly Collector[], indicators: Collector): PathHandler => {
  let registry: Promise<Registry> | undefined;
  return ({ path }) => {
    if (path === "/metrics/slis") return { code: 200, contentType: TEXT, body: encoder.encode(indicators().map(expositionOf).join("\n")) };
    if (path !== "/metrics") return undefined;
    registry ??= load();
    return registry.then(async (process) => {
      const own = collectors.flatMap((collect) => collect()).map(expositionOf);
      const text = [...own, await process.metrics()].join("\n");
      return { code: 200, contentType: process.contentType, body: encoder.encode(text) };
    });
  };
};

const load = async (): Promise<Registry> => {
  const { Registry: PromRegistry, collectDefaultMetrics } = await import("prom-client");
  const registry = new PromRegistry();
  collectDefaultMetrics({ register: registry });
  return registry;
};
