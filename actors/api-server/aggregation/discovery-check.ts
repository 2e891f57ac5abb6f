// Asks a server for its own part of discovery, which every API server must serve: is it there?
// upstream: kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go
import type { APIService } from "#api/apiregistration/v1/api-service.ts";
import { hostPort } from "#api/meta/ip.ts";
import { groupVersionPath } from "#api/schema/openapi-operations.ts";
import type { Clock } from "#lib/clock.ts";
import type { Endpoint, Nowhere } from "../service-endpoint.ts";

/** Asks for a path and gives the answer's code. Throws: why there is none. */
export type Probe = (endpoint: Endpoint, path: string, signal: AbortSignal) => Promise<number>;

const ATTEMPTS = 5;
const PATIENCE_MS = 5_000;
const LATE = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

/** Where the discovery of an APIService's version is. */
export const discoveryPath = ({ spec }: APIService): string => groupVersionPath({ group: spec?.group ?? "", version: spec?.version ?? "" });

/** `locate` draws one of the endpoints each time. */
export type Check = { readonly path: string; readonly locate: () => Endpoint | Nowhere; readonly probe: Probe; readonly clock: Clock };

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Throws: why the endpoint is not good. */
const attempt = async ({ path, locate, probe }: Check, signal: AbortSignal): Promise<void> => {
  const endpoint = locate();
  if ("reason" in endpoint) throw new Error(endpoint.reason);
  const url = `https://${hostPort(endpoint)}${path}`;
  const failing = (cause: string): Error => new Error(`failing or missing response from ${url}: ${cause}`);
  const code = await probe(endpoint, path, signal).catch((error: unknown) => {
    throw failing(`Get ${JSON.stringify(url)}: ${why(signal.aborted ? signal.reason : error)}`);
  });
  if (code < 200 || code >= 300) throw failing(`bad status from ${url}: ${code}`);
};

/** Asks several times at once, since one endpoint of many may be down; why the last failed, or undefined when one is there. */
export const discoveryFault = async (check: Check, signal: AbortSignal): Promise<string | undefined> => {
  const over = new AbortController();
  const timer = check.clock.setTimeout(() => over.abort(new Error(LATE)), PATIENCE_MS);
  const ended = AbortSignal.any([signal, over.signal]);
  try {
    await Promise.any(Array.from({ length: ATTEMPTS }, () => attempt(check, ended)));
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    return why((error as AggregateError).errors.at(-1));
  } finally {
    check.clock.clearTimeout(timer);
    over.abort();
  }
};
