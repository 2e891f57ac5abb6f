// Server-side apply: the client says which fields it wants to have which values, and manages those from then on.
// upstream: endpoints/handlers/patch.go applyPatcher, apimachinery/pkg/util/managedfields/internal
import { pathsOf, pathText } from "#api/apply/field-set.ts";
import { idOf, NO_MANAGERS, type Manager, type Managers } from "#api/apply/managers.ts";
import { apply, managersAfterUpdate, type Applied, type Conflict, type Write } from "#api/apply/ownership.ts";
import { ApplyError } from "#api/apply/walk.ts";
import type { JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { badRequest, conflict, failure, isReason, type ApiError } from "#api/meta/status.ts";
import { subjectOf, type Call, type Core } from "../core.ts";
import { create } from "./create.ts";
import { completed, decodeConfig, misfit } from "./decode.ts";
import { LAST_APPLIED_BY, lastAppliedConflicts, withLastApplied } from "./last-applied.ts";
import { checkPlace } from "./metadata.ts";
import { managersNow, managersOf, setManagers, unmanaged, writeOf } from "./ownership.ts";
import type { Replaced } from "./replace.ts";
import { refresh } from "./storage.ts";
import { update } from "./update.ts";

/** Who changed an object before managers were noted. upstream: skipnonapplied.go */
const BEFORE = "before-first-apply";

/** Applies the call's configuration to its object, which is created if absent. Throws: ApiError. */
export const applyTo = async (core: Core, call: Call): Promise<Replaced> => {
  const config = decodeConfig(call);
  const { metadata = {} } = config as KubeObject;
  if (metadata.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
  checkPlace({ name: call.name, ...metadata }, call); // what is there already has its name
  for (;;) {
    try {
      return await applyOnce(core, call, config);
    } catch (error) {
      if (!isReason(error, "AlreadyExists")) throw error;
      await refresh(core, call); // somebody else was quicker to create it
    }
  }
};

const applyOnce = async (core: Core, call: Call, config: JsonObject): Promise<Replaced> => {
  try {
    return { shown: await update(core, call, (own) => applied(core, call, { own: own(), config })), created: false };
  } catch (error) {
    if (!isReason(error, "NotFound") || call.subresource !== "") throw error;
    requireNew(call, (config as KubeObject).metadata ?? {});
    return { shown: await create(core, call, applied(core, call, { own: undefined, config })), created: true };
  }
};

/** Throws: BadRequest, Conflict when the configuration is not of an object that could be created. */
const requireNew = (call: Call, meta: ObjectMeta): void => {
  checkPlace(meta, call);
  const { uid = "" } = meta;
  if (uid !== "")
    throw conflict(subjectOf(call), `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
};

/** `own` undefined: the object is new. */
export type Applying = { readonly own: KubeObject | undefined; readonly config: JsonObject };

/** What the configuration makes of the object, with who manages it. Throws: Conflict, BadRequest. */
export const applied = (core: Core, call: Call, { own, config }: Applying): Draft<KubeObject> => {
  const live = unmanaged(own ?? {});
  const write = writeOf(core, call, "Apply", [live, config]);
  try {
    const managers = own === undefined ? NO_MANAGERS : managersNow(call, write, presentManagers(write, own));
    const { object, managers: left } = unconflicted(write, managers, { live, config, force: call.options.force === true });
    const draft = completed(call, withLastApplied(object, write.author, { live, config }));
    setManagers(draft, left);
    return draft;
  } catch (error) {
    if (!(error instanceof ApplyError)) throw error;
    throw misfit(call, config, error.message);
  }
};

const presentManagers = (write: Write, own: KubeObject): Managers => {
  const managers = managersOf(own.metadata);
  if (managers.size > 0) return managers;
  const author = { ...write.author, manager: BEFORE, operation: "Update", subresource: "" } as const;
  return managersAfterUpdate({ ...write, author }, managers, { before: {}, after: unmanaged(own) });
};

type Input = { readonly live: JsonObject; readonly config: JsonObject; readonly force: boolean };

/** Throws: Conflict, unless what is in the way is only what kubectl itself applied from the client's side. */
const unconflicted = (write: Write, managers: Managers, input: Input): Exclude<Applied, { conflicts: unknown }> => {
  const done = apply(write, managers, input);
  if (!("conflicts" in done)) return done;
  const left = write.author.manager === LAST_APPLIED_BY ? lastAppliedConflicts(write, input.live, done.conflicts) : done.conflicts;
  const forced = left.length === 0 ? apply(write, managers, { ...input, force: true }) : done;
  if ("conflicts" in forced) throw applyConflict(left);
  return forced;
};

/** upstream: managedfields/internal/conflict.go printManager */
const nameOf = ({ manager, operation, apiVersion, subresource, time }: Manager): string => {
  const name = `${JSON.stringify(manager)}${subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`}`;
  if (operation === "Apply") return name;
  return time === undefined ? `${name} using ${apiVersion}` : `${name} using ${apiVersion} at ${time}`;
};

/** upstream: managedfields/internal/conflict.go NewConflictError */
const applyConflict = (conflicts: readonly Conflict[]): ApiError => {
  const found = conflicts
    .map(({ manager, fields }) => ({ id: idOf(manager), name: nameOf(manager), paths: [...pathsOf(fields)].map(pathText) }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const causes = found.flatMap(({ name, paths }) =>
    paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${name}`, field })),
  );
  const [first] = causes;
  const text = found.map(({ name, paths }) => [`conflicts with ${name}:`, ...paths.map((path) => `- ${path}`)].join("\n")).join("\n");
  const message =
    causes.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${causes.length} conflicts: ${text}`;
  return failure("Conflict", message, { causes });
};
