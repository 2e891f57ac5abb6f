// What the API server's front serves beside resources.
import { firstHandler } from "#actors/api-server/https/path-handler.ts";
import type { RequestMetrics } from "#actors/api-server/metrics/request-metrics.ts";
import type { Process } from "./process.ts";

const noMetrics: RequestMetrics = { begin: () => () => undefined };
export const frontParts = (_process: Process, _server: unknown) => ({ paths: firstHandler([]), metrics: noMetrics });
