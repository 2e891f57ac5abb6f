// Makes objects that a cluster should have. What is there already stays as people have made it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { kindByGvk } from "#api/resources.ts";
import type { KubeObject } from "#api/meta/object.ts";
import { badRequest, isReason } from "#api/meta/status.ts";
import type { Client } from "#lib/client.ts";

/** Creates each object that is not there. Throws: ApiError. */
export const createMissing = async (client: Client, objects: readonly KubeObject[], signal: AbortSignal): Promise<void> => {
  for (const object of objects) {
    const [group, version] = (object.apiVersion ?? "").includes("/") ? (object.apiVersion ?? "").split("/", 2) : ["", object.apiVersion];
    const kind = kindByGvk(group ?? "", version ?? "", object.kind ?? "");
    if (kind === undefined) throw badRequest(`no matches for kind "${object.kind ?? ""}" in version "${object.apiVersion ?? ""}"`);
    const placed = kind.namespaced ? { ...object, metadata: { namespace: "default", ...object.metadata } } : object;
    // oxlint-disable-next-line no-await-in-loop -- in order: a pod may need the account made before it
    await client.create(kind, placed, {}, signal).catch((error: unknown) => {
      if (!isReason(error, "AlreadyExists")) throw error;
    });
  }
};

/** The objects in a folder's YAML files, in the order of their names. */
export const readManifests = (dir: string): readonly KubeObject[] =>
  readdirSync(dir)
    .filter((file) => /\.ya?ml$/.test(file))
    .toSorted()
    .flatMap((file) => parseAllDocuments(readFileSync(join(dir, file), "utf8")))
    .map((document) => document.toJS() as KubeObject)
    .filter((object) => object !== null);
