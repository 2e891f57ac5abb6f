// The informers of one process: components that read the same objects share one copy and one watch.
import type { KubeObject } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import type { ComponentPorts } from "./component.ts";
import { Informer, type Indexers, type InformerScope } from "./informer.ts";

type Wanted<T extends KubeObject> = InformerScope & { readonly indexers?: Indexers<T> | undefined };

/** Gives an informer of a resource: the shared one, made when it is first asked for. Its indexes are the union of what was asked. */
export interface InformerSource {
  of<T extends KubeObject>(resource: Resource<T>, wanted?: Wanted<T>): Informer<T>;
  /** Ends and forgets every informer of a resource that is served no more. */
  drop(resource: Resource): void;
}

/** All informers of one process. */
export class Informers implements InformerSource {
  readonly #ports: ComponentPorts;
  readonly #informers = new Map<string, Informer<KubeObject>>();
  readonly #ends = new Map<string, AbortController>();
  #signal: AbortSignal | undefined;

  constructor(ports: ComponentPorts) {
    this.#ports = ports;
  }

  of<T extends KubeObject>(resource: Resource<T>, { indexers = {}, ...scope }: Wanted<T> = {}): Informer<T> {
    const key = [groupResource(resource), scope.namespace, scope.labelSelector, scope.fieldSelector].join("|");
    const shared = this.#informers.get(key) as Informer<T> | undefined;
    const informer = shared ?? new Informer<T>({ ...this.#ports, ...scope, resource });
    for (const [name, valuesOf] of Object.entries(indexers)) informer.addIndex(name, valuesOf);
    if (shared === undefined) {
      this.#informers.set(key, informer as unknown as Informer<KubeObject>);
      this.#start(key);
    }
    return informer;
  }

  /** Starts all informers, and from now on each as it is made, until `signal` is aborted. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    for (const key of this.#informers.keys()) this.#start(key);
  }

  drop(resource: Resource): void {
    for (const key of this.#informers.keys()) {
      if (key.split("|", 1)[0] !== groupResource(resource)) continue;
      this.#ends.get(key)?.abort();
      this.#ends.delete(key);
      this.#informers.delete(key);
    }
  }

  #start(key: string): void {
    if (this.#signal === undefined || this.#ends.has(key)) return;
    const end = new AbortController();
    this.#ends.set(key, end);
    this.#informers.get(key)?.start(AbortSignal.any([this.#signal, end.signal]));
  }

  /** Resolves when each informer that exists now has its first list. */
  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced));
  }
}
