// update and patch end here: read the object, change it, write it; and again when somebody was quicker.
// upstream: registry/generic/registry/store.go Update, storage/etcd3/store.go GuaranteedUpdate
//
// A3 a client that names the revision it saw gets a Conflict when the object has moved on; one that names none is applied to
// the newest object. A write that changes nothing is not written.
import { deepEqual } from "#api/meta/equal.ts";
import { invalidValue } from "#api/meta/field-error.ts";
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { conflict, invalid, type ApiError } from "#api/meta/status.ts";
import { toTime } from "#lib/clock.ts";
import { RevisionConflict } from "#lib/store.ts";
import { judge, mutate } from "../admission/admit.ts";
import type { Attributes } from "../admission/plugin.ts";
import type { Entry } from "../cache/entry.ts";
import { isDryRun, placeOf, subjectOf, type Call, type Core } from "../core.ts";
import { allocate } from "./allocate.ts";
import { fillFromOld, metaOf } from "./metadata.ts";
import { trackUpdate } from "./ownership.ts";
import { readied } from "./ready.ts";
import { shownOf, type Shown } from "./shown.ts";
import { current, refresh, remove, servedOf, write } from "./storage.ts";
import { prepareChange, requireValid } from "./strategy.ts";
import { surroundingsOf } from "./surroundings.ts";

/** Makes the wished object; `own` gives a copy of the present one that may be built upon. Called anew after each conflict. */
export type Change = (own: () => KubeObject) => Draft<KubeObject> | Promise<Draft<KubeObject>>;

/** What admission is shown of a change that a client made in another form: a scale. */
export type AdmittedAs = {
  readonly show: (object: KubeObject) => KubeObject;
  /** Brings what admission made of it into the object. */
  readonly take: (draft: Draft<KubeObject>, shown: KubeObject) => void;
};

const AS_IT_IS: AdmittedAs = { show: (object) => object, take: () => undefined };

/** Changes the call's object. Throws: NotFound, Conflict, Invalid, Forbidden. */
export const update = async (core: Core, call: Call, change: Change, as: AdmittedAs = AS_IT_IS): Promise<Shown> => {
  for (;;) {
    const written = await attempt(core, call, change, as);
    if (written !== undefined) return written;
    await refresh(core, call);
  }
};

/** Undefined: somebody was quicker. */
const attempt = async (core: Core, call: Call, change: Change, as: AdmittedAs): Promise<Shown | undefined> => {
  const { fromStored } = servedOf(core, call);
  const entry = current(core, call);
  await readied(call, [entry]);
  const old = fromStored(entry.object); // shared: it may be looked at, and its parts carried over, but nothing of it changed
  call.warnings.length = 0;
  const draft = await change(() => fromStored(entry.copy()));
  await prepare(core, call, { draft, old, as });
  core.guards.escalation(call.user, placeOf(call), { object: draft, old });
  await using allocation = await allocate(core, call, draft, old);
  requireValid(call.kind, draft, old, call.subresource);
  await judge(attributesOf(call, as.show(draft) as Draft<KubeObject>, as.show(old)), surroundingsOf(core, call));
  call.warnings.push(...(call.kind.strategy.warnings?.(draft, old) ?? []));
  const written = await commit(core, call, { entry, old, draft });
  if (written !== undefined) await allocation.keep();
  return written;
};

type Attempt = { readonly entry: Entry; readonly old: KubeObject; readonly draft: Draft<KubeObject> };

type Wish = { readonly draft: Draft<KubeObject>; readonly old: KubeObject; readonly as: AdmittedAs };

/** What the server adds to the wish. */
const prepare = async (core: Core, call: Call, { draft, old, as }: Wish): Promise<void> => {
  const meta = metaOf(draft);
  requireSameObject(call, meta, old.metadata ?? {});
  fillFromOld(meta, old.metadata ?? {});
  trackUpdate(core, call, draft, old);
  const shown = as.show(draft) as Draft<KubeObject>;
  await mutate(attributesOf(call, shown, as.show(old)), surroundingsOf(core, call));
  as.take(draft, shown);
  prepareChange(call.kind, draft, { old, subresource: call.subresource, now: toTime(core.ports.clock.now()) });
};

/** Throws: Invalid when a revision must be named, Conflict when the client's uid or resourceVersion is not the object's. */
const requireSameObject = (call: Call, meta: Draft<ObjectMeta>, old: ObjectMeta): void => {
  if (isOther(meta.uid, old.uid)) {
    throw conflict(subjectOf(call), `Precondition failed: UID in precondition: ${meta.uid}, UID in object meta: ${old.uid}`);
  }
  const revision = meta.resourceVersion === "0" ? "" : (meta.resourceVersion ?? "");
  if (revision !== "" && revision !== old.resourceVersion) throw conflict(subjectOf(call));
  if (revision !== "") return;
  if (call.kind.strategy.requiresRevision === true) throw unconditional(call);
  meta.resourceVersion = old.resourceVersion;
};

/** upstream: registry.Store.Update, which names the resource where other mistakes name the kind */
const unconditional = ({ kind: { group, resource }, name }: Call): ApiError =>
  invalid({ group, kind: resource, name }, [invalidValue("metadata.resourceVersion", 0, "must be specified for an update")]);

const isOther = (uid: string | undefined, present: string | undefined): boolean => uid !== undefined && uid !== "" && uid !== present;

const commit = async (core: Core, call: Call, { entry, old, draft }: Attempt): Promise<Shown | undefined> => {
  if (isDryRun(call)) return shownOf(call.kind, draft);
  try {
    if (isOver(draft, old)) return await remove(core, call, entry, draft);
    if (entry.isAsStored && isSame(draft, old)) return entry;
    return await write(core, call, draft, entry.revision);
  } catch (error) {
    if (error instanceof RevisionConflict) return undefined;
    throw error;
  }
};

const isSame = (draft: KubeObject, old: KubeObject): boolean =>
  deepEqual({ ...draft, apiVersion: undefined, kind: undefined }, { ...old, apiVersion: undefined, kind: undefined });

/** The last finalizer went from an object that is being deleted. upstream: registry.ShouldDeleteDuringUpdate */
const isOver = ({ metadata: meta = {}, ...rest }: KubeObject, { metadata: old = {} }: KubeObject): boolean =>
  old.deletionTimestamp !== undefined &&
  (old.deletionGracePeriodSeconds ?? 0) === 0 &&
  (meta.finalizers ?? []).length === 0 &&
  !hasSpecFinalizers(rest as WithSpec);

type WithSpec = { readonly spec?: { readonly finalizers?: readonly string[] } };

/** A namespace has finalizers in its spec too. */
const hasSpecFinalizers = (object: WithSpec): boolean => (object.spec?.finalizers ?? []).length > 0;

const attributesOf = (call: Call, object: Draft<KubeObject>, old: KubeObject): Attributes => ({
  user: call.user,
  operation: "UPDATE",
  kind: call.kind,
  subresource: call.subresource,
  namespace: call.namespace,
  name: call.name,
  object,
  old,
  dryRun: isDryRun(call),
});
