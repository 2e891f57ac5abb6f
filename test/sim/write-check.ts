// What an acknowledged write has promised. S1: it is in the store's history. A3: it stands on what its writer had read, so
// that of two writers who read the same revision only one is told that it succeeded.
import type { V1DeleteOptions } from "#api/generated/types.ts";
import type { ObjectMeta, Stored } from "#api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "#lib/api.ts";
import { placeOf, type History, type Seen } from "./history.ts";

/** What is wrong, and which invariant forbids it. */
export type Wrong = { readonly invariant: string; readonly what: string };

const decoder = new TextDecoder();
const parse = (bytes: Uint8Array | undefined): unknown => (bytes === undefined ? undefined : JSON.parse(decoder.decode(bytes)));

/** What is wrong with a write's answer. */
export const wrongOfWrite = (history: History, request: ApiRequest, response: ApiResponse): Wrong | undefined => {
  const { verb, subresource, options } = request;
  if (options?.dryRun !== undefined || (subresource !== undefined && subresource !== "status")) return undefined;
  if (verb === "delete") return wrongOfDelete(history, request, response);
  return verb === "create" || verb === "update" || verb === "patch" ? wrongOfPut(history, request, response) : undefined;
};

const wrongOfPut = (history: History, request: ApiRequest, response: ApiResponse): Wrong | undefined => {
  const { namespace = "", name, uid, resourceVersion } = (parse(response.body) as Partial<Stored>).metadata ?? {};
  if (resourceVersion === undefined || name === undefined) return undefined; // a review
  const key = { group: request.group, resource: request.resource, namespace, name };
  const what = `was told of ${request.verb} ${placeOf(key)}@${resourceVersion}`;
  const seen = history.at(key, Number(resourceVersion));
  if (seen === undefined) return { invariant: "S1", what: `${what}, which was never stored` };
  const conflict = request.verb === "create" ? wasThere(seen) : meantAnother(request, seen, uid);
  return conflict === undefined ? undefined : { invariant: "A3", what: `${what}, ${conflict}` };
};

const wasThere = ({ old }: Seen): string | undefined => (old === undefined ? undefined : "which was there before");

const meantAnother = ({ body }: ApiRequest, seen: Seen, uid: string | undefined): string | undefined => {
  const wanted = (parse(body) as { readonly metadata?: ObjectMeta }).metadata ?? {};
  if (wanted.uid !== undefined && wanted.uid !== uid) return `which is not the ${wanted.uid} it meant`;
  return standsOn(seen, wanted.resourceVersion) ? undefined : `though it had read ${wanted.resourceVersion ?? ""}`;
};

/** A write that changes nothing is answered with what is there. */
const standsOn = ({ revision, old }: Seen, read: string | undefined): boolean =>
  read === undefined || read === String(revision) || read === old?.metadata.resourceVersion;

/** A deletion is acknowledged with the object, or with a Status whose details tell its UID. */
const wrongOfDelete = (history: History, request: ApiRequest, response: ApiResponse): Wrong | undefined => {
  const uid = uidOf(response);
  const what = `was told of delete ${request.resource} ${request.namespace ?? ""}/${request.name ?? ""} ${uid}`;
  const wanted = (parse(request.body) as V1DeleteOptions | undefined)?.preconditions?.uid ?? uid;
  if (wanted !== uid) return { invariant: "A3", what: `${what}, which is not the ${wanted} it meant` };
  return stays(history.living(uid)) ? { invariant: "S1", what: `${what}, which is there and stays` } : undefined;
};

const uidOf = ({ body }: ApiResponse): string => {
  const answer = parse(body) as { readonly metadata?: ObjectMeta; readonly details?: { readonly uid?: string } };
  return answer.metadata?.uid ?? answer.details?.uid ?? "";
};

const stays = (object: Stored | undefined): boolean => object !== undefined && object.metadata.deletionTimestamp === undefined;
