// delete and deletecollection. upstream: endpoints/handlers/delete.go
import type { V1DeleteOptions, V1Status } from "#api/generated/types.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import { conflict, invalid, isReason } from "#api/meta/status.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { RevisionConflict } from "#lib/store.ts";
import { judge, mutate } from "../admission/admit.ts";
import { isFor, type Attributes } from "../admission/plugin.ts";
import type { Entry } from "../cache/entry.ts";
import { subjectOf, type Call, type Core } from "../core.ts";
import { brokenPrecondition, deleteOptionErrors, deletionOf, type Deletion } from "./deletion.ts";
import { decodeDeleteOptions } from "./decode.ts";
import { terminateNamespace } from "./namespace-deletion.ts";
import { scopeOf } from "./read.ts";
import { readied } from "./ready.ts";
import { shownOf, type Shown } from "./shown.ts";
import { current, refresh, remove, servedOf, write } from "./storage.ts";
import { surroundingsOf } from "./surroundings.ts";

/** What a delete answers: the object, or that it is gone. */
export type Deleted = { readonly shown: Shown } | { readonly status: V1Status };

/** Deletes the call's object, or marks it as deleted. Throws: NotFound, Conflict, Forbidden. */
export const deleteOne = (core: Core, call: Call): Promise<Deleted> => deleteAs(core, call, optionsOf(call));

/** The client's options: the body's, completed by the query's. Throws: Invalid. */
const optionsOf = (call: Call): V1DeleteOptions => {
  const { gracePeriodSeconds, propagationPolicy, orphanDependents, dryRun } = call.options;
  const query = { gracePeriodSeconds, propagationPolicy, orphanDependents, dryRun };
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as V1DeleteOptions;
  const options = { ...given, ...decodeDeleteOptions(call) };
  const errors = deleteOptionErrors(options);
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions", name: "" }, errors);
  return options;
};

/** Deletes with options that are already known. */
export const deleteAs = async (core: Core, call: Call, options: V1DeleteOptions): Promise<Deleted> => {
  const { fromStored } = servedOf(core, call);
  for (;;) {
    const entry = current(core, call);
    await readied(call, [entry]);
    const own = fromStored(entry.copy()) as Draft<KubeObject>;
    const broken = brokenPrecondition(options, own.metadata ?? {});
    if (broken !== undefined) throw conflict({ ...subjectOf(call), resource: call.kind.kind }, broken); // as rest.BeforeDelete names it
    const attributes = attributesOf(call, own, options);
    const around = surroundingsOf(core, call, { ...options, kind: "DeleteOptions" });
    await mutate(attributes, around);
    await judge(attributes, around);
    const deletion = decide(attributes, own, options, core.ports.clock.now());
    const deleted = await commit(core, call, { entry, deletion, options });
    if (deleted !== undefined) return deleted;
    await refresh(core, call);
  }
};

const decide = (attributes: Attributes, own: Draft<KubeObject>, options: V1DeleteOptions, nowMs: number): Deletion =>
  (isFor(attributes, namespaces) ? terminateNamespace(own, nowMs) : undefined) ?? deletionOf(attributes.kind, own, options, nowMs);

type Attempt = { readonly entry: Entry; readonly deletion: Deletion; readonly options: V1DeleteOptions };

/** Undefined: somebody was quicker. */
const commit = async (core: Core, call: Call, { entry, deletion, options }: Attempt): Promise<Deleted | undefined> => {
  if (deletion.do === "keep") return { shown: entry };
  const last = deletion.object;
  if (options.dryRun?.includes("All") === true) return answerOf(call, deletion, shownOf(call.kind, last ?? entry.object));
  try {
    if (deletion.do === "mark") return answerOf(call, deletion, await write(core, call, deletion.object, entry.revision));
    return answerOf(call, deletion, await remove(core, call, entry, last));
  } catch (error) {
    if (error instanceof RevisionConflict) return undefined;
    throw error;
  }
};

const answerOf = ({ kind }: Call, deletion: Deletion, shown: Shown): Deleted => {
  if (deletion.do === "mark" || kind.strategy.returnsDeleted === true) return { shown };
  const { name, uid } = shown.object.metadata ?? {};
  const details = { name, ...(kind.group === "" ? {} : { group: kind.group }), kind: kind.resource, uid };
  return { status: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details } };
};

const attributesOf = (call: Call, old: KubeObject, options: V1DeleteOptions): Attributes => ({
  user: call.user,
  operation: "DELETE",
  kind: call.kind,
  subresource: call.subresource,
  namespace: call.namespace,
  name: call.name,
  object: undefined,
  old,
  dryRun: options.dryRun?.includes("All") === true,
});

/** Deletes every selected object; one that is gone meanwhile does not matter. The answer is what there was. */
export const deleteCollection = async (core: Core, call: Call): Promise<readonly Shown[]> => {
  const options = optionsOf(call);
  const served = servedOf(core, call);
  const entries = [...served.cache.select(scopeOf(served, call))];
  await eachOf(entries, WORKERS, async ({ key }) => {
    try {
      await deleteAs(core, { ...call, namespace: key.namespace, name: key.name }, options);
    } catch (error) {
      if (!isReason(error, "NotFound")) throw error;
    }
  });
  return entries;
};

/** How many deletions of a collection are under way at a time. */
const WORKERS = 16;

/** Calls `work` for each item, `workers` at a time. Throws: the first failure. */
const eachOf = async <T>(items: readonly T[], workers: number, work: (item: T) => Promise<void>): Promise<void> => {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of rest) await work(item);
    }),
  );
};
