// Requests as URLs and URLs as requests: the one mapping that the HTTPS server and the HTTPS transport share. Pure.
// upstream: apiserver/pkg/endpoints/request/requestinfo.go
import type { Verb } from "#api/meta/resource.ts";
import type { ApiRequest } from "#lib/api.ts";

/** A resource's place in the URL space. `rest` is what follows a subresource, as after `proxy`. */
export type ResourcePath = Pick<ApiRequest, "group" | "version" | "resource" | "namespace" | "name" | "subresource"> & {
  readonly rest?: string | undefined;
  /** The path asks for a watch in the old way: `/api/v1/watch/pods`. */
  readonly watch?: boolean | undefined;
};

/** Parts of a path, percent-decoded. Throws: URIError when the escapes are malformed. */
const segmentsOf = (path: string): string[] => {
  const parts = path.replace(/^\/+|\/+$/g, "").split("/");
  return path.includes("%") ? parts.map(decodeURIComponent) : parts;
};

/** The resource that a path names; undefined when it names none, as `/healthz` or `/apis/apps/v1`. Throws: URIError. */
export const parseResourcePath = (path: string): ResourcePath | undefined => {
  const parts = segmentsOf(path);
  const group = groupOf(parts);
  if (group === undefined) return undefined;
  const [version = "", ...where] = parts.slice(group === "" ? 1 : 2);
  const isOldWatch = where[0] === "watch" && where.length > 1;
  const place = placeIn(isOldWatch ? where.slice(1) : where);
  return place && { group, version, ...place, watch: isOldWatch || undefined };
};

const placeIn = (where: readonly string[]): Omit<ResourcePath, "group" | "version"> | undefined => {
  const [namespace, [resource = "", name, subresource, ...rest]] = split(where);
  if (resource === "" || name === "" || namespace === "") return undefined;
  return { resource, namespace, name, subresource, rest: rest.length === 0 ? undefined : rest.join("/") };
};

const groupOf = (parts: readonly string[]): string | undefined => {
  if (parts[0] === "api") return parts.length > 2 ? "" : undefined;
  return parts[0] === "apis" && parts.length > 3 && parts[1] !== "" ? parts[1] : undefined;
};

/** The namespace and what lies in it. `namespaces/x/status` is a namespace's own subresource. */
const split = (parts: readonly string[]): readonly [string | undefined, readonly string[]] => {
  const inNamespace = parts[0] === "namespaces" && parts.length > 2 && parts[2] !== "status" && parts[2] !== "finalize";
  return inNamespace ? [parts[1], parts.slice(2)] : [undefined, parts];
};

/** The verb that an HTTP method means; undefined: none. `watch` is the query's word for a stream. */
export const verbOf = (method: string, place: Pick<ResourcePath, "name" | "subresource">, watch: boolean): Verb | undefined => {
  const named = place.name !== undefined;
  if (method === "GET" || method === "HEAD") return named ? "get" : watch ? "watch" : "list";
  return named ? onObject(method, place.subresource) : ON_COLLECTION.get(method);
};

// Maps, since over HTTP/2 a method may have any name, as `constructor`.
const ON_COLLECTION: ReadonlyMap<string, Verb> = new Map([
  ["POST", "create"],
  ["DELETE", "deletecollection"],
]);
const ON_OBJECT: ReadonlyMap<string, Verb> = new Map([
  ["PUT", "update"],
  ["PATCH", "patch"],
  ["DELETE", "delete"],
]);

/** An object is not created under its name: the body gives it. A subresource of it is. */
const onObject = (method: string, subresource: string | undefined): Verb | undefined =>
  method === "POST" && subresource !== undefined ? "create" : ON_OBJECT.get(method);

const METHODS = {
  get: "GET",
  list: "GET",
  watch: "GET",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
} as const satisfies Record<Verb, string>;

/** The HTTP method that a verb is sent with. */
export const methodOf = (verb: Verb): string => METHODS[verb];

/** The path of a resource. The inverse of `parseResourcePath`. */
export const pathOf = ({ group, version, resource, namespace, name, subresource, rest }: ResourcePath): string => {
  const segments = [
    ...(group === "" ? ["api"] : ["apis", group]),
    version,
    ...(namespace === undefined || namespace === "" ? [] : ["namespaces", namespace]),
    resource,
    ...[name, subresource].filter((segment) => segment !== undefined && segment !== ""),
  ];
  const path = `/${segments.map((segment) => encodeURIComponent(segment ?? "").replaceAll("%3A", ":")).join("/")}`;
  return rest === undefined ? path : `${path}/${rest}`;
};

/** The path and query of a request. */
export const urlOf = (request: ApiRequest): string => {
  const query = new URLSearchParams();
  if (request.verb === "watch") query.set("watch", "true");
  for (const [key, value] of Object.entries(request.options ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(key, `${one as string | number | boolean}`);
  }
  const text = query.toString();
  return text === "" ? pathOf(request) : `${pathOf(request)}?${text}`;
};

/** Whether a request is answered by a stream and not by one document: a watch, or a log. */
export const isStream = ({ verb, resource, subresource }: Pick<ApiRequest, "verb" | "resource" | "subresource">): boolean =>
  verb === "watch" || (resource === "pods" && subresource === "log" && verb === "get");
