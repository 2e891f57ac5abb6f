// The informers of one process: components that read the same objects share one copy and one watch.
import type { KubeObject } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import type { ComponentPorts } from "./component.ts";
import { Informer, type Indexers, type InformerScope } from "./informer.ts";

type Wanted<T extends KubeObject> = InformerScope & { readonly indexers?: Indexers<T> | undefined };

/** Gives an informer of a resource: the shared one, made when it is first asked for. Its indexes are the union of what was asked. */
export interface InformerSource {
  of<T extends KubeObject>(resource: Resource<T>, wanted?: Wanted<T>): Informer<T>;
}

/** All informers of one process. */
export class Informers implements InformerSource {
  readonly #ports: ComponentPorts;
  readonly #informers = new Map<string, Informer<KubeObject>>();
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
      if (this.#signal !== undefined) informer.start(this.#signal);
    }
    return informer;
  }

  /** Starts all informers, and from now on each as it is made, until `signal` is aborted. */
  start(signal: AbortSignal): void {
    this.#signal = signal;
    for (const informer of this.#informers.values()) informer.start(signal);
  }

  /** Resolves when each informer that exists now has its first list. */
  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced));
  }
}
