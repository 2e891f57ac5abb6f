// The config maps and secrets that the pods of this node refer to, each by a watch of its own: a node may read no others.
// upstream: pkg/kubelet/util/manager/watch_based_manager.go
//
// O1 an object is watched exactly as long as a pod of this node refers to it.
import { configMaps, type ConfigMap } from "#api/core/v1/config-map.ts";
import { secrets, type Secret } from "#api/core/v1/secret.ts";
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { isReason } from "#api/meta/status.ts";
import type { ComponentPorts } from "#lib/component.ts";
import { Informer } from "#lib/informer.ts";
import type { References } from "./environment/env.ts";

type Watched<T extends KubeObject> = { readonly informer: Informer<T>; readonly stop: AbortController; readonly holders: Set<string> };

/** Told that an object has changed that the pods with these uids refer to. */
export type OnChange = (podUids: Iterable<string>) => void;

/** The watched objects of one resource. */
class ObjectsOf<T extends KubeObject> {
  readonly #ports: ComponentPorts;
  readonly #resource: Resource<T>;
  readonly #onChange: OnChange;
  readonly #watched = new Map<string, Watched<T>>();

  constructor(ports: ComponentPorts, resource: Resource<T>, onChange: OnChange) {
    this.#ports = ports;
    this.#resource = resource;
    this.#onChange = onChange;
  }

  hold(podUid: string, namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const watched = this.#watched.get(key) ?? this.#watch(key, namespace, name);
    watched.holders.add(podUid);
  }

  release(podUid: string): void {
    for (const [key, { holders, stop }] of this.#watched) {
      if (!holders.delete(podUid) || holders.size > 0) continue;
      stop.abort();
      this.#watched.delete(key);
    }
  }

  async get(namespace: string, name: string, signal: AbortSignal): Promise<Stored<T> | undefined> {
    const informer = this.#watched.get(`${namespace}/${name}`)?.informer;
    if (informer?.hasSynced === true) return informer.get(`${namespace}/${name}`);
    try {
      return await this.#ports.client.get(this.#resource, { namespace, name }, signal);
    } catch (error) {
      if (isReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  #watch(key: string, namespace: string, name: string): Watched<T> {
    const fieldSelector = `metadata.name=${name}`;
    const informer = new Informer({ ...this.#ports, resource: this.#resource, namespace, fieldSelector });
    const watched = { informer, stop: new AbortController(), holders: new Set<string>() };
    this.#watched.set(key, watched);
    informer.onChange(() => this.#onChange(watched.holders));
    informer.start(watched.stop.signal);
    return watched;
  }
}

/** The config maps and secrets of this node's pods. */
export class PodObjects {
  readonly #configMaps: ObjectsOf<ConfigMap>;
  readonly #secrets: ObjectsOf<Secret>;

  constructor(ports: ComponentPorts, onChange: OnChange) {
    this.#configMaps = new ObjectsOf(ports, configMaps, onChange);
    this.#secrets = new ObjectsOf(ports, secrets, onChange);
  }

  /** Watches what the pod refers to, until it is released. */
  hold(podUid: string, namespace: string, references: References): void {
    for (const name of references.configMaps) this.#configMaps.hold(podUid, namespace, name);
    for (const name of references.secrets) this.#secrets.hold(podUid, namespace, name);
  }

  release(podUid: string): void {
    this.#configMaps.release(podUid);
    this.#secrets.release(podUid);
  }

  /** The config map; undefined: there is none. Throws: ApiError. */
  configMap(namespace: string, name: string, signal: AbortSignal): Promise<ConfigMap | undefined> {
    return this.#configMaps.get(namespace, name, signal);
  }

  /** The secret; undefined: there is none. Throws: ApiError. */
  secret(namespace: string, name: string, signal: AbortSignal): Promise<Secret | undefined> {
    return this.#secrets.get(namespace, name, signal);
  }
}
