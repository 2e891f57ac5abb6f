// Keeps what other API servers say of themselves: each is asked when its APIService comes or changes, and every minute.
//
// R1 a server that is slow, wrong or gone costs its own entries, never another's. R2 who listens is told when, and only when,
// something is different.
import { deepEqual } from "#api/meta/equal.ts";
import { failure } from "#api/meta/status.ts";
import { backoffMs, type Backoff } from "#lib/backoff.ts";
import { sleep, type Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";
import type { Random } from "#lib/random.ts";
import type { AggregatedAnswer, AggregatedServers, AggregatedVersion } from "../aggregation/aggregated-servers.ts";
import { askRemote, stale, type Ask, type RemoteDocuments } from "./remote-documents.ts";

/** What other API servers say, as far as it is known. */
export interface Remotes {
  readonly versions: readonly AggregatedVersion[];
  /** By the APIService's name; undefined: the server has not been asked yet. */
  documents(name: string): RemoteDocuments | undefined;
  /** Asks the server behind an APIService. Throws: ServiceUnavailable. */
  get(name: string, path: string, headers: Readonly<Record<string, string>>): Promise<AggregatedAnswer>;
  /** Calls `changed` whenever there are other versions or documents. */
  onChange(changed: () => void): void;
}

/** Of a server that stands alone. */
export const NO_REMOTES: Remotes = {
  versions: [],
  documents: () => undefined,
  get: () => Promise.reject(failure("ServiceUnavailable", "service unavailable")),
  onChange: () => undefined,
};

export type RemotesPorts = { readonly servers: AggregatedServers; readonly clock: Clock; readonly random: Random; readonly log: Logger };

/** upstream: discoveryManager.Run, successfulUpdateDelay */
const REFRESH_MS = 60_000;
/** Until a server that failed is asked again. */
const RETRY: Backoff = { baseMs: 1_000, maxMs: REFRESH_MS };
/** upstream: specDownloadTimeout */
const DOCUMENT_TIMEOUT_MS = 60_000;

type Followed = { readonly remote: AggregatedVersion; readonly ending: AbortController; documents: RemoteDocuments | undefined };

const isOther = (a: RemoteDocuments | undefined, b: RemoteDocuments): boolean =>
  a?.discovery.value !== b.discovery.value || a.places?.value !== b.places?.value || a.swagger?.value !== b.swagger?.value;

/** Follows the APIServices until it is closed. */
export class FollowedRemotes implements Remotes {
  readonly #ports: RemotesPorts;
  readonly #followed = new Map<string, Followed>();
  readonly #listeners: (() => void)[] = [];
  readonly #stop: () => void;

  constructor(ports: RemotesPorts) {
    this.#ports = ports;
    this.#stop = ports.servers.onChange(() => this.#update());
    this.#update();
  }

  get versions(): readonly AggregatedVersion[] {
    return this.#ports.servers.versions;
  }

  documents(name: string): RemoteDocuments | undefined {
    return this.#followed.get(name)?.documents;
  }

  get(name: string, path: string, headers: Readonly<Record<string, string>>): Promise<AggregatedAnswer> {
    return this.#asking(name, new AbortController().signal)(path, headers, DOCUMENT_TIMEOUT_MS);
  }

  onChange(changed: () => void): void {
    this.#listeners.push(changed);
  }

  /** Asks nobody any more. */
  close(): void {
    this.#stop();
    for (const name of this.#followed.keys()) this.#end(name);
  }

  /** A change that no version shows is one of where a server is: then all are asked. */
  #update(): void {
    const present = new Map(this.versions.map((remote) => [remote.name, remote]));
    const gone = [...this.#followed.keys()].filter((name) => !present.has(name));
    const changed = this.versions.filter((remote) => !deepEqual(this.#followed.get(remote.name)?.remote, remote));
    for (const name of gone) this.#end(name);
    for (const remote of gone.length + changed.length === 0 ? this.versions : changed) this.#begin(remote);
    if (gone.length + changed.length > 0) this.#tell();
  }

  #end(name: string): void {
    this.#followed.get(name)?.ending.abort();
    this.#followed.delete(name);
  }

  #begin(remote: AggregatedVersion): void {
    const followed = { remote, ending: new AbortController(), documents: this.documents(remote.name) };
    this.#end(remote.name);
    this.#followed.set(remote.name, followed);
    void this.#follow(followed);
  }

  async #follow(followed: Followed): Promise<void> {
    const { remote, ending } = followed;
    for (let attempts = 0; !ending.signal.aborted;) {
      const failed = await this.#ask(followed);
      if (failed.length > 0 && attempts === 0) this.#report(remote, failed);
      attempts = failed.length === 0 ? 0 : attempts + 1;
      const wait = attempts === 0 ? REFRESH_MS : backoffMs(RETRY, attempts, this.#ports.random);
      await sleep(this.#ports.clock, wait, ending.signal).catch(() => undefined); // it ends
    }
  }

  /** Why the server did not say something. One that is not available is asked as soon as it is. */
  async #ask(followed: Followed): Promise<readonly unknown[]> {
    const { remote, ending, documents } = followed;
    if (!remote.available) {
      this.#learn(followed, { ...documents, discovery: stale(remote, documents) });
      return [];
    }
    const found = await askRemote(this.#asking(remote.name, ending.signal), remote, documents);
    if (ending.signal.aborted) return [];
    this.#learn(followed, found.documents);
    return found.failures;
  }

  #report({ name }: AggregatedVersion, [error]: readonly unknown[]): void {
    this.#ports.log("warn", "an API server does not say what it serves", { apiService: name, error });
  }

  #learn(followed: Followed, documents: RemoteDocuments): void {
    const before = followed.documents;
    followed.documents = documents;
    if (isOther(before, documents)) this.#tell();
  }

  #asking(name: string, signal: AbortSignal): Ask {
    const { servers, clock } = this.#ports;
    return async (path, headers, timeoutMs) => {
      const late = new AbortController();
      const timer = clock.setTimeout(() => late.abort(failure("ServiceUnavailable", "request timed out")), timeoutMs);
      try {
        return await servers.get(name, path, headers, AbortSignal.any([signal, late.signal]));
      } finally {
        clock.clearTimeout(timer);
      }
    };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
