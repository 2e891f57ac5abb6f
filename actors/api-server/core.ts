// What every step of the pipeline works with: the server's parts, and one request as it has been understood so far.
import type { Kind, Subresource } from "#api/kind.ts";
import type { Subject } from "#api/meta/status.ts";
import type { ApiRequest, RequestOptions, User } from "#lib/api.ts";
import type { AdmissionMetrics } from "./admission/metrics/admission-metrics.ts";
import type { ServiceAllocator } from "./allocators/service-allocator.ts";
import type { Caches } from "./cache/caches.ts";
import type { ApiServerPorts, Guards } from "./ports.ts";
import type { Scheme } from "./scheme.ts";

/** The server while it serves. */
export type Core = {
  readonly ports: ApiServerPorts;
  readonly guards: Guards;
  readonly caches: Caches;
  readonly services: ServiceAllocator;
  readonly admission: AdmissionMetrics;
  /** Deletions that the caches have not passed yet, by place: who creates anew waits, so that no watcher misses the deletion. */
  readonly ending: Map<string, Promise<void>>;
  /** The store did not answer a write. */
  readonly onStoreFailure: () => void;
};

/** A request for something that is served. */
export type Call = {
  readonly user: User;
  readonly request: ApiRequest;
  readonly options: RequestOptions;
  readonly kind: Kind;
  /** Every kind that is served. */
  readonly scheme: Scheme;
  /** "" for the resource itself. */
  readonly subresource: string;
  /** What a subresource other than status takes. */
  readonly body: Subresource | undefined;
  /** "": a cluster-scoped kind, or all namespaces. */
  readonly namespace: string;
  /** "": the collection. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Collects what the client is warned of. */
  readonly warnings: string[];
};

/** What an error about the call's object names. */
export const subjectOf = ({ kind, name }: Call, named = name): Subject => ({ group: kind.group, resource: kind.resource, name: named });

/** Where the call's object lies. */
export const placeOf = ({ kind, namespace }: Call): Pick<ApiRequest, "group" | "resource" | "namespace"> => ({
  group: kind.group,
  resource: kind.resource,
  namespace,
});

/** Nothing is to be stored. */
export const isDryRun = ({ options }: Call): boolean => options.dryRun?.includes("All") === true;
