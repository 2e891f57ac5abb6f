// The subresource `proxy` of pods and Services: any request to what listens behind them.
// upstream: pkg/registry/core/{pod,service}/…/proxy.go
import { endpoints } from "#api/core/v1/endpoints.ts";
import { pods } from "#api/core/v1/pod.ts";
import { services } from "#api/core/v1/service.ts";
import type { KubeObject, ObjectRef, Stored } from "#api/meta/object.ts";
import { groupResource, type Resource } from "#api/meta/resource.ts";
import { failure, notFound } from "#api/meta/status.ts";
import type { ResourcePath } from "#lib/https/paths.ts";
import type { Random } from "#lib/random.ts";
import type { Exchange } from "../https/exchange.ts";
import type { ObjectSource } from "../objects.ts";
import { forward } from "./forward.ts";
import { parseProxyName, podLocation, serviceLocation, type Location } from "./location.ts";

/** Hands requests on. */
export interface Proxy {
  /** True when the path is a proxy's. */
  serves(place: ResourcePath): boolean;
  /** Hands on an authorized request. Throws: BadRequest, NotFound, ServiceUnavailable. */
  handle(exchange: Exchange, place: ResourcePath): Promise<void>;
}

type Locate = (place: ResourcePath) => Location;

/** The client's path up to the subresource, and what follows it, unread. */
const PATH = /^(.*?\/(?:pods|services)\/[^/]+\/proxy)(\/.*)?$/;

/** A proxy over the cluster's objects. */
export const createProxy = ({ objects, random }: { readonly objects: ObjectSource; readonly random: Random }): Proxy => {
  const find = <T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Stored<T> => {
    const found = objects.get(resource, ref);
    if (found === undefined) throw notFound({ group: resource.group, resource: resource.resource, name: ref.name });
    return found;
  };
  const locate: { readonly [resource: string]: Locate } = {
    pods: ({ namespace = "", name = "" }) => {
      const asked = parseProxyName("pod", name);
      return podLocation(asked, find(pods, { namespace, name: asked.name }));
    },
    services: ({ namespace = "", name = "" }) => {
      const asked = parseProxyName("service", name);
      const ref = { namespace, name: asked.name };
      return serviceLocation(asked, { service: find(services, ref), endpoints: objects.get(endpoints, ref), chance: random.next() });
    },
  };
  const locatorOf = (place: ResourcePath): Locate | undefined => {
    if (place.subresource !== "proxy" || place.version !== "v1" || place.namespace === undefined) return undefined;
    return locate[groupResource(place)];
  };
  return {
    serves: (place) => locatorOf(place) !== undefined,
    handle: async (exchange, place) => {
      const location = locatorOf(place)?.(place);
      const [, prefix = "", path] = PATH.exec(exchange.path) ?? [];
      if (location === undefined) throw failure("NotFound", "the server could not find the requested resource", {});
      const query = exchange.query.size === 0 ? "" : (exchange.request.url ?? "").replace(/^[^?]*/, "");
      if (path === undefined) return exchange.redirect(`${exchange.path}/${query}`);
      await forward(exchange, { location, path: path + query, prefix });
    },
  };
};
