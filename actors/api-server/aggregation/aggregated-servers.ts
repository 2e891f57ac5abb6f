// What the API server knows of the other API servers that answer for some of its group-versions.
// upstream: kube-aggregator/pkg/apiserver, KEP-263

/** A group-version that another server answers for, as its APIService says. */
export type AggregatedVersion = {
  /** Of the APIService: `v1alpha1.wardle.example.com`. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly groupPriorityMinimum: number;
  readonly versionPriority: number;
  /** What the condition Available says. */
  readonly available: boolean;
};

/** What a server answered to a GET of the aggregator itself. */
export type AggregatedAnswer = {
  readonly code: number;
  readonly contentType: string;
  readonly etag: string | undefined;
  readonly body: Uint8Array;
};

/** The other API servers, from the APIServices that are no `Local` ones. */
export interface AggregatedServers {
  /** All, by name. */
  readonly versions: readonly AggregatedVersion[];
  /** Calls `changed` whenever `versions` has become others; returns what ends it. */
  onChange(changed: () => void): () => void;
  /** Asks the server behind an APIService as `system:aggregator`. Throws: ServiceUnavailable when it cannot be reached. */
  get(name: string, path: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<AggregatedAnswer>;
}
