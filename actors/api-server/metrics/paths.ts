// /metrics and /metrics/slis, in Prometheus' text format. The library that writes it is loaded when somebody first scrapes.
import type { PathHandler } from "../https/path-handler.ts";
import type { Family } from "./family.ts";

/** Answers the families of one part of the server. */
export type Collector = () => readonly Family[];

type Registry = { readonly contentType: string; metrics(): Promise<string> };

const encoder = new TextEncoder();

const TEXT = "text/plain; version=0.0.4; charset=utf-8";

/** Serves the metrics of the collectors and those of the process, and apart what tells how well the service does. */
export const metricsPaths = (collectors: readonly Collector[], indicators: Collector): PathHandler => {
  let registry: Promise<Registry> | undefined;
  return ({ path }) => {
    if (path === "/metrics/slis") return { code: 200, contentType: TEXT, body: encoder.encode(indicators().map(textOf).join("\n")) };
    if (path !== "/metrics") return undefined;
    registry ??= load();
    return registry.then(async (process) => {
      const own = collectors.flatMap((collect) => collect()).map(textOf);
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

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

const textOf = ({ name, help, type, values }: Family): string => {
  const lines = values.map(({ metricName = name, labels, value }) => {
    const list = Object.entries(labels).map(([label, of]) => `${label}="${escaped(String(of))}"`);
    return `${metricName}${list.length === 0 ? "" : `{${list.join(",")}}`} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
};
