// The typed client: what controllers, kubelets and addons call. It turns calls into requests and bytes into objects; a
// transport carries them. Works against any Kubernetes with the HTTPS transport.
import type { KubeList, KubeObject, ObjectRef, Stored } from "#api/meta/object.ts";
import { badRequest } from "#api/meta/status.ts";
import { apiVersionOf, type Resource } from "#api/meta/resource.ts";
import type { ApiRequest, ApiTransport, PatchType, RequestOptions } from "./api.ts";

export type ListOptions = Pick<
  RequestOptions,
  "labelSelector" | "fieldSelector" | "limit" | "continue" | "resourceVersion" | "resourceVersionMatch"
> & { readonly namespace?: string | undefined };
export type DeleteOptions = {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: readonly string[];
};
export type WriteOptions = Pick<RequestOptions, "dryRun" | "fieldManager" | "fieldValidation"> & {
  readonly subresource?: string | undefined;
};

/** A patch and how to apply it. */
export type Patch = WriteOptions & Pick<RequestOptions, "force"> & { readonly type: PatchType; readonly body: unknown };

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** A client of the Kubernetes API. Every call throws ApiError; none retries. */
export class Client {
  readonly transport: ApiTransport;
  constructor(transport: ApiTransport) {
    this.transport = transport;
  }

  get<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, signal?: AbortSignal): Promise<Stored<T>> {
    return this.#call(resource, { verb: "get", ...ref }, signal);
  }

  list<T extends KubeObject>(
    resource: Resource<T>,
    { namespace, ...options }: ListOptions = {},
    signal?: AbortSignal,
  ): Promise<KubeList<Stored<T>>> {
    return this.#call(resource, { verb: "list", namespace, options }, signal);
  }

  /** Creates `object` in its own namespace, or the subresource (binding, eviction, token) of the object it names. */
  create<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    { subresource, ...options }: WriteOptions = {},
    signal?: AbortSignal,
  ): Promise<Stored<T>> {
    const { namespace, name } = object.metadata ?? {};
    const body = encode({ ...typed(resource, subresource), ...object });
    return this.#call(
      resource,
      { verb: "create", namespace, ...(subresource === undefined ? {} : { name, subresource }), options, body },
      signal,
    );
  }

  update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    { subresource, ...options }: WriteOptions = {},
    signal?: AbortSignal,
  ): Promise<Stored<T>> {
    const { namespace, name } = object.metadata ?? {};
    if (name === undefined) throw badRequest("metadata.name: Required value: an update names its object");
    return this.#call(
      resource,
      { verb: "update", namespace, name, subresource, options, body: encode({ ...typed(resource, subresource), ...object }) },
      signal,
    );
  }

  patch<T extends KubeObject>(
    resource: Resource<T>,
    ref: ObjectRef,
    { type, body, subresource, ...options }: Patch,
    signal?: AbortSignal,
  ): Promise<Stored<T>> {
    return this.#call(resource, { verb: "patch", ...ref, subresource, options, body: encode(body), contentType: type }, signal);
  }

  /** Deletes one object; it stays while finalizers or a grace period hold it. */
  async delete(resource: Resource, ref: ObjectRef, options: DeleteOptions = {}, signal?: AbortSignal): Promise<void> {
    await this.#call(resource, { verb: "delete", ...ref, body: encode({ kind: "DeleteOptions", apiVersion: "v1", ...options }) }, signal);
  }

  async deleteCollection(
    resource: Resource,
    { namespace, ...options }: ListOptions = {},
    deletion: DeleteOptions = {},
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#call(
      resource,
      { verb: "deletecollection", namespace, options, body: encode({ kind: "DeleteOptions", apiVersion: "v1", ...deletion }) },
      signal,
    );
  }

  async #call<R>(
    { group, version, resource }: Resource,
    rest: Omit<ApiRequest, "group" | "version" | "resource">,
    signal?: AbortSignal,
  ): Promise<R> {
    const response = await this.transport.request({ group, version, resource, ...rest }, signal);
    return JSON.parse(decoder.decode(response.body)) as R;
  }
}

/** A subresource's body has a type of its own, which its caller gives. */
const typed = (resource: Resource, subresource: string | undefined): { readonly apiVersion?: string; readonly kind?: string } =>
  subresource === undefined || subresource === "status" ? { apiVersion: apiVersionOf(resource), kind: resource.kind } : {};
