// Makes objects that a cluster should have. What is there already stays as people have made it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "#api/kind.ts";
import { kindByGvk } from "#api/resources.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { badRequest, isReason } from "#api/meta/status.ts";
import type { Client, WriteOptions } from "#lib/client.ts";
import { APPLIED_BY, asApplied } from "./applied.ts";

const kindOf = ({ apiVersion = "", kind = "" }: KubeObject): Kind => {
  const [first = "", second] = apiVersion.split("/", 2);
  const found = second === undefined ? kindByGvk("", first, kind) : kindByGvk(first, second, kind);
  if (found === undefined) throw badRequest(`no matches for kind "${kind}" in version "${apiVersion}"`);
  return found;
};

/** The object where it lies when nothing else is said. Throws: BadRequest. */
const placed = (object: KubeObject): KubeObject =>
  kindOf(object).namespaced ? { ...object, metadata: { namespace: "default", ...object.metadata } } : object;

const create = async (client: Client, object: KubeObject, options: WriteOptions): Promise<void> => {
  await client.create(kindOf(object), object, options).catch((error: unknown) => {
    if (!isReason(error, "AlreadyExists")) throw error;
  });
};

const makesPods = ({ apiVersion, kind }: KubeObject): boolean => kind === "Pod" || apiVersion?.startsWith("apps/") === true;

/**
 * Creates each object that is not there. What makes pods comes last, when `podsMayCome` resolves: pods need accounts and
 * settings, and one that fits on no node is not tried again for a second. Throws: ApiError.
 */
export const createMissing = async (
  client: Client,
  objects: readonly KubeObject[],
  podsMayCome: Promise<void>,
  options: WriteOptions = {},
): Promise<void> => {
  const all = (wanted: readonly KubeObject[]) => Promise.all(wanted.map((object) => create(client, placed(object), options)));
  await all(objects.filter((object) => !makesPods(object)));
  await podsMayCome;
  await all(objects.filter(makesPods));
};

/** The same for what people will apply again: kubectl finds the objects as if it had applied them itself. Throws: ApiError. */
export const applyMissing = (client: Client, objects: readonly KubeObject[], podsMayCome: Promise<void>): Promise<void> =>
  createMissing(
    client,
    objects.map((object) => asApplied(placed(object))),
    podsMayCome,
    { fieldManager: APPLIED_BY },
  );

/** The objects in a folder's YAML files. */
export const readManifests = async (dir: string): Promise<readonly KubeObject[]> => {
  const { parseAllDocuments } = await import("yaml"); // many files, needed once in a cluster's life
  return readdirSync(dir)
    .filter((file) => /\.ya?ml$/.test(file))
    .flatMap((file) => parseAllDocuments(readFileSync(join(dir, file), "utf8")))
    .map((document) => document.toJS() as KubeObject)
    .filter((object) => object !== null);
};
