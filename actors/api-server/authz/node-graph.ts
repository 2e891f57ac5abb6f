// Which objects which nodes may read, because a pod on the node refers to them. Counted, so that an object stays readable
// until the last such pod is gone.
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { objectKey } from "#api/meta/object.ts";
import type { ObjectSource } from "../objects.ts";
import { referencesOf, type Referred } from "./pod-references.ts";

type Vertex = { readonly node: string; readonly uid: string; readonly keys: readonly string[]; readonly containers: number };

/** The relation of pods' objects to nodes. */
export class NodeGraph {
  readonly #pods = new Map<string, Vertex>();
  /** object → node → how many of its pods refer to the object. */
  readonly #nodes = new Map<string, Map<string, number>>();

  constructor(objects: ObjectSource) {
    objects.follow(pods, (ref, pod) => this.#change(objectKey({ metadata: ref }), pod));
  }

  /** Whether a pod on the node is, or refers to, this object. */
  related(node: string, resource: Referred | "pods", { namespace, name }: { readonly namespace: string; readonly name: string }): boolean {
    return this.#nodes.get(keyOf(resource, namespace, name))?.has(node) ?? false;
  }

  #change(key: string, pod: Pod | undefined): void {
    const present = this.#pods.get(key);
    if (present !== undefined && pod !== undefined && unchanged(present, pod)) return;
    if (present !== undefined) this.#remove(key, present);
    const node = pod?.spec?.nodeName ?? "";
    if (pod !== undefined && node !== "") this.#add(key, vertexOf(pod, node));
  }

  #add(key: string, vertex: Vertex): void {
    this.#pods.set(key, vertex);
    for (const object of vertex.keys) {
      const nodes = this.#nodes.get(object) ?? new Map<string, number>();
      this.#nodes.set(object, nodes.set(vertex.node, (nodes.get(vertex.node) ?? 0) + 1));
    }
  }

  #remove(key: string, { node, keys }: Vertex): void {
    this.#pods.delete(key);
    for (const object of keys) {
      const nodes = this.#nodes.get(object);
      const count = nodes?.get(node) ?? 0;
      if (count > 1) nodes?.set(node, count - 1);
      else nodes?.delete(node);
      if (nodes?.size === 0) this.#nodes.delete(object);
    }
  }
}

const keyOf = (resource: string, namespace: string, name: string): string => `${resource}/${namespace}/${name}`;

/** A bound pod's references change only with its ephemeral containers. */
const unchanged = ({ node, uid, containers }: Vertex, { metadata, spec }: Pod): boolean =>
  uid === metadata?.uid && node === spec?.nodeName && containers === (spec.ephemeralContainers?.length ?? 0);

const vertexOf = (pod: Pod, node: string): Vertex => {
  const { namespace = "", name = "", uid = "" } = pod.metadata ?? {};
  const keys = new Set([keyOf("pods", namespace, name)]);
  for (const reference of referencesOf(pod)) keys.add(keyOf(reference.resource, namespace, reference.name));
  return { node, uid, keys: [...keys], containers: pod.spec?.ephemeralContainers?.length ?? 0 };
};
