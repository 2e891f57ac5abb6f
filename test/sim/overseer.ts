// Stands at the API server's door, sees every request go in, and holds what is stored meanwhile against it.
//
// A1 every change of what workloads are made of belongs to a request in progress, of a user who may make that very change; the
// table of who may what is this file's own. A pod is stored only as admission leaves it. C3 what the garbage collector takes
// has no living owner.
import type { V1DeleteOptions, V1Pod } from "#api/generated/types.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import type { ApiHandler, ApiRequest, User } from "#lib/api.ts";
import { placeOf, resourceOf, type History, type Seen } from "./history.ts";
import { Violation } from "./world.ts";

type Ongoing = { readonly user: User; readonly request: ApiRequest };

const COLLECTOR = "system:serviceaccount:kube-system:generic-garbage-collector";
const FOREGROUND = "foregroundDeletion";
const GUARDED = new Set(["pods", "nodes", "configmaps", "deployments.apps", "replicasets.apps"]);

/** Sees the requests of one API server after another. */
export class Overseer {
  readonly #history: History;
  #ongoing = new Set<Ongoing>();
  /** Owners that waited for their dependents once: one that was deleted again otherwise may have lost some before anybody heard of it. */
  readonly #waited = new Set<string>();

  constructor(history: History, violated: (violation: Violation) => void) {
    this.#history = history;
    history.onChange((seen) => {
      if (isWaiting(seen.object)) this.#waited.add(seen.object.metadata.uid);
      const violation = this.#unauthorized(seen) ?? notAdmitted(seen) ?? this.#takenFromOwner(seen);
      if (violation !== undefined) violated(violation);
    });
  }

  /** The API server's door; what was in progress at an earlier one is over. */
  at(server: ApiHandler): ApiHandler {
    const ongoing = new Set<Ongoing>();
    this.#ongoing = ongoing;
    return {
      handle: async (user, request, signal) => {
        const one = { user, request };
        if (request.verb !== "get" && request.verb !== "list") ongoing.add(one);
        try {
          return await server.handle(user, request, signal);
        } finally {
          ongoing.delete(one);
        }
      },
      stream: (user, request, sink, signal) => server.stream(user, request, sink, signal),
    };
  }

  #about(seen: Seen): readonly Ongoing[] {
    return [...this.#ongoing].filter(({ request }) => isAbout(request, seen));
  }

  #unauthorized(seen: Seen): Violation | undefined {
    if (!GUARDED.has(resourceOf(seen.key))) return undefined;
    const ongoing = this.#about(seen);
    if (ongoing.some(({ user }) => mayChange(user, seen))) return undefined;
    const who = ongoing.map(({ user, request }) => `${user.name} (${request.verb} ${request.subresource ?? ""})`).join(", ");
    return new Violation("A1", `${placeOf(seen.key)}@${seen.revision} was changed by ${who === "" ? "nobody" : who}`);
  }

  /** Only when nobody else is deleting it: whose deletion it was is not written in the store. */
  #takenFromOwner(seen: Seen): Violation | undefined {
    const { old } = seen;
    if (old === undefined || !isTaken(seen)) return undefined;
    const deletions = this.#about(seen).filter(({ request }) => request.verb.startsWith("delete"));
    if (deletions.length === 0 || deletions.some(({ user, request }) => user.name !== COLLECTOR || isDry(request))) return undefined;
    const owner = (old.metadata.ownerReferences ?? []).find(({ uid }) => this.#history.living(uid) !== undefined && !this.#waited.has(uid));
    if (owner === undefined && (old.metadata.ownerReferences ?? []).length > 0) return undefined;
    const why = owner === undefined ? "which had no owner" : `whose owner ${owner.kind} ${owner.name} ${owner.uid} lives`;
    return new Violation("C3", `${placeOf(seen.key)} ${old.metadata.uid} was collected, ${why}`);
  }
}

const isAbout = ({ group, resource, namespace = "", name, subresource }: ApiRequest, { key }: Seen): boolean => {
  if (resourceOf({ group, resource }) === "bindings") return key.resource === "pods";
  if (resource !== key.resource || group !== key.group || (namespace !== "" && namespace !== key.namespace)) return false;
  return name === undefined || name === key.name || subresource === "eviction";
};

const isTaken = ({ object, old }: Seen): boolean =>
  old?.metadata.deletionTimestamp === undefined && (object === undefined || object.metadata.deletionTimestamp !== undefined);

const isDry = ({ body }: ApiRequest): boolean =>
  body !== undefined && (JSON.parse(new TextDecoder().decode(body)) as V1DeleteOptions).dryRun !== undefined;

/** In foreground deletion an owner waits for its dependents to be taken. */
const isWaiting = (owner: Stored | undefined): owner is Stored =>
  owner?.metadata.deletionTimestamp !== undefined && owner.metadata.finalizers?.includes(FOREGROUND) === true;

const specOf = (pod: Stored<V1Pod> | undefined): V1Pod["spec"] => pod?.spec;

const NODE = "system:node:";

/** Kubelets change their own Node and the status of their own pods, and remove those; the scheduler binds. */
const mayChange = ({ name }: User, seen: Seen): boolean => {
  if (name.startsWith(NODE)) return isOwnOf(name.slice(NODE.length), seen);
  if (name === "system:kube-scheduler") return bindsOnly(seen);
  return name === "kubernetes-admin" || name.startsWith("system:serviceaccount:kube-system:");
};

const isOwnOf = (node: string, { key, object, old }: Seen): boolean => {
  if (key.resource === "nodes") return key.name === node;
  if (key.resource !== "pods" || specOf(old ?? object)?.nodeName !== node) return false;
  return object === undefined || old === undefined || deepEqual(specOf(old), specOf(object));
};

const bindsOnly = ({ key, object, old }: Seen): boolean =>
  key.resource === "pods" &&
  object !== undefined &&
  old !== undefined &&
  deepEqual({ ...specOf(old), nodeName: "" }, { ...specOf(object), nodeName: "" });

/** upstream: plugin/pkg/admission/serviceaccount, defaulttolerationseconds */
const notAdmitted = ({ key, object, revision }: Seen): Violation | undefined => {
  if (resourceOf(key) !== "pods" || object === undefined) return undefined;
  const { serviceAccountName = "", tolerations = [] } = specOf(object) ?? {};
  const tolerates = ["not-ready", "unreachable"].every((taint) =>
    tolerations.some(({ key: own }) => own === `node.kubernetes.io/${taint}`),
  );
  return serviceAccountName !== "" && tolerates ? undefined : new Violation("A1", `${placeOf(key)}@${revision} went by admission`);
};
