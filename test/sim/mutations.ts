// Parts that break their promise, one for each invariant: what the watchers of the simulation are for.
import type { V1Binding, V1Pod } from "#api/generated/types.ts";
import { failure } from "#api/meta/status.ts";
import type { Stored } from "#api/meta/object.ts";
import { MemoryStore, type MemoryContent } from "#actors/store/memory.ts";
import type { ApiHandler, ApiRequest, ApiTransport, User } from "#lib/api.ts";
import { encodeKey } from "#lib/nats/subject.ts";
import type { Bucket, Store, StoreKey } from "#lib/store.ts";
import type { Sabotage } from "./sabotage.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
const decode = (bytes: Uint8Array | undefined): unknown => JSON.parse(decoder.decode(bytes));

/** True every n-th time. */
const every = (n: number): (() => boolean) => {
  let times = 0;
  return () => ++times % n === 0;
};

const newest = (content: MemoryContent, bucket: Bucket, key: StoreKey) => {
  const change = content[bucket].newest.get(encodeKey(key));
  return change?.type === "put" ? change : undefined;
};

const overStore = (store: Store, over: Partial<Store>): Store => ({
  put: store.put.bind(store),
  delete: store.delete.bind(store),
  follow: store.follow.bind(store),
  compact: store.compact.bind(store),
  revision: store.revision.bind(store),
  close: store.close.bind(store),
  ...over,
});

const overTransport = (transport: ApiTransport, over: Partial<ApiTransport>): ApiTransport => ({
  request: transport.request.bind(transport),
  stream: transport.stream.bind(transport),
  close: transport.close.bind(transport),
  ...over,
});

const overServer = (server: ApiHandler, over: Partial<ApiHandler>): ApiHandler => ({
  handle: server.handle.bind(server),
  stream: server.stream.bind(server),
  ...over,
});

const isOf = ({ name }: User, prefix: string): boolean => name.startsWith(prefix);

/** A store that says it has written, and has not. */
export const forgetfulStore: Sabotage = {
  store: (store, content) => {
    const isForgotten = every(50);
    return overStore(store, {
      put: async (...args) => {
        const [bucket, , , expected] = args;
        return bucket === "objects" && expected > 0 && isForgotten() ? content.objects.revision : store.put(...args);
      },
    });
  },
};

/** A store that says it has deleted, and has not. */
export const hoardingStore: Sabotage = {
  store: (store, content) => {
    const isKept = every(10);
    return overStore(store, {
      delete: async (...args) => (args[0] === "objects" && isKept() ? content.objects.revision : store.delete(...args)),
    });
  },
};

/** A store in which the last writer wins. */
export const carelessStore: Sabotage = {
  store: (store, content) =>
    overStore(store, {
      put: (...[bucket, key, value, , signal]) => store.put(bucket, key, value, newest(content, bucket, key)?.revision ?? 0, signal),
    }),
};

/** A watch that leaves out an event now and then. */
export const patchyWatch: Sabotage = {
  server: (server) => {
    const isLeftOut = every(100);
    return overServer(server, {
      stream: (user, request, sink, signal) => {
        const write = (frame: Uint8Array): boolean => (request.verb === "watch" && isLeftOut()) || sink.write(frame);
        server.stream(user, request, { write, drained: (until) => sink.drained(until), end: (error) => sink.end(error) }, signal);
      },
    });
  },
};

/** An API server that gives a pod to whoever binds it last. */
export const bindingAgain: Sabotage = {
  server: (server, content) =>
    overServer(server, {
      handle: async (user, request, signal) => {
        if (request.subresource !== "binding" || !(await bindAgain(content, request))) return server.handle(user, request, signal);
        return { code: 201, contentType: "application/json", body: encode({ kind: "Status", status: "Success", code: 201 }) };
      },
    }),
};

/** Binds a pod that has a node already; false: it is not there, or has none. */
const bindAgain = async (content: MemoryContent, { namespace = "", name = "", body }: ApiRequest): Promise<boolean> => {
  const key = { group: "", resource: "pods", namespace, name };
  const change = newest(content, "objects", key);
  const pod = change === undefined ? undefined : (decode(change.value) as Stored<V1Pod>);
  const { metadata, target } = decode(body) as V1Binding;
  if (change === undefined || pod?.spec?.nodeName === undefined || metadata?.uid !== pod.metadata.uid) return false;
  const bound = { ...pod, spec: { ...pod.spec, nodeName: target.name } };
  await new MemoryStore(content).put("objects", key, encode(bound), change.revision);
  return true;
};

/** Everybody may do everything. */
export const openDoor: Sabotage = {
  guards: (guards) => ({ ...guards, authorizer: { authorize: () => ({ decision: "allow", reason: "" }) } }),
};

/** A scheduler that does not count what it has bound before it is shown: it takes every binding for failed. */
export const forgetfulScheduler: Sabotage = {
  transport: (transport) =>
    overTransport(transport, {
      request: (request, signal) => {
        const answer = transport.request(request, signal);
        if (request.subresource !== "binding") return answer;
        answer.catch(() => undefined);
        return Promise.reject(failure("ServiceUnavailable", "no answer in time"));
      },
    }),
};

/** A garbage collector that goes by names. */
export const collectorByName: Sabotage = {
  transport: (transport, user) =>
    overTransport(transport, {
      request: (request, signal) => {
        if (request.verb !== "delete" || !isOf(user, "system:serviceaccount:kube-system:generic-garbage-collector"))
          return transport.request(request, signal);
        return transport.request({ ...request, body: encode({ kind: "DeleteOptions", apiVersion: "v1" }) }, signal);
      },
    }),
};

/** A kubelet that lets a pod's object go as soon as its end is asked for. */
export const hastyKubelet: Sabotage = {
  transport: (transport, user) =>
    overTransport(transport, {
      stream: (request, onFrame, signal) => {
        if (!isOf(user, "system:node:") || request.resource !== "pods") return transport.stream(request, onFrame, signal);
        const hasty = (frame: Uint8Array): void => {
          const { object } = decode(frame) as { readonly object: Stored<V1Pod> };
          const { namespace, name, deletionTimestamp } = object.metadata;
          const body = encode({ kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 0 });
          const deletion = { verb: "delete", group: "", version: "v1", resource: "pods", namespace, name, body } as const;
          if (deletionTimestamp !== undefined) void transport.request(deletion, signal).catch(() => undefined);
          onFrame(frame);
        };
        return transport.stream(request, hasty, signal);
      },
    }),
};
