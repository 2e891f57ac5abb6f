// One watch of a resource, as events. It ends when the server ends it; whoever calls decides whether to resume.
import type { KubeObject, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { ApiError } from "#api/meta/status.ts";
import type { V1Status } from "#api/generated/types.ts";
import type { RequestOptions } from "./api.ts";
import type { Client } from "./client.ts";

/** How far a watch has come. */
export type Bookmark = {
  readonly metadata: { readonly resourceVersion: string; readonly annotations?: { readonly [key: string]: string } };
};

export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Stored<T> }
  | { readonly type: "BOOKMARK"; readonly object: Bookmark };

export type WatchOptions = Pick<
  RequestOptions,
  | "labelSelector"
  | "fieldSelector"
  | "resourceVersion"
  | "resourceVersionMatch"
  | "allowWatchBookmarks"
  | "sendInitialEvents"
  | "timeoutSeconds"
> & { readonly namespace?: string | undefined };

type Frame<T extends KubeObject> = WatchEvent<T> | { readonly type: "ERROR"; readonly object: V1Status };

/** Where a watch goes: a resource of a server. */
export type WatchTarget<T extends KubeObject> = {
  readonly client: Client;
  readonly resource: Resource<T>;
  readonly options: WatchOptions;
};

const decoder = new TextDecoder();

/** Calls `onEvent` for every event in order; resolves when the server ends the watch. Throws: ApiError; what `onEvent` throws. */
export const watch = async <T extends KubeObject>(
  { client, resource, options: { namespace, ...options } }: WatchTarget<T>,
  onEvent: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<void> => {
  const stop = new AbortController();
  const onFrame = (bytes: Uint8Array): void => {
    if (stop.signal.aborted) return;
    try {
      const frame = JSON.parse(decoder.decode(bytes)) as Frame<T>;
      if (frame.type === "ERROR") throw new ApiError({ ...frame.object, code: frame.object.code ?? 500 });
      onEvent(frame);
    } catch (error) {
      stop.abort(error);
    }
  };
  const { group, version, resource: name } = resource;
  const request = { verb: "watch", group, version, resource: name, namespace, options } as const;
  try {
    await client.transport.stream(request, onFrame, AbortSignal.any([signal, stop.signal]));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  if (stop.signal.aborted) throw stop.signal.reason;
};
