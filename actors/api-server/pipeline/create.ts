// create: a new object, or a new name for it. upstream: endpoints/handlers/create.go, registry/generic/registry/store.go Create
import type { Draft, KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { alreadyExists, badRequest, failure, type ApiError } from "#api/meta/status.ts";
import { toTime } from "#lib/clock.ts";
import { nameSuffix, uuid } from "#lib/random.ts";
import { RevisionConflict } from "#lib/store.ts";
import type { Attributes } from "../admission/plugin.ts";
import { judge, mutate } from "../admission/admit.ts";
import { isDryRun, placeOf, subjectOf, type Call, type Core } from "../core.ts";
import { allocate } from "./allocate.ts";
import { fillNew, generatedName, metaOf, settleNamespace, wipeIdentity } from "./metadata.ts";
import { trackUpdate } from "./ownership.ts";
import { shownOf, type Shown } from "./shown.ts";
import { servedOf, write } from "./storage.ts";
import { prepareNew, requireValid } from "./strategy.ts";
import { surroundingsOf } from "./surroundings.ts";

/** How often a name is generated before the client is told. upstream: registry.maxNameGenerationCreateAttempts */
const MAX_ATTEMPTS = 8;

/** Creates what the decoded body says. Throws: ApiError. */
export const create = async (core: Core, call: Call, draft: Draft<KubeObject>): Promise<Shown> => {
  await prepare(core, call, draft);
  const { name = "", generateName = "" } = metaOf(draft);
  if (name === "" && generateName !== "") return createGenerated(core, call, draft);
  const created = await attempt(core, call, draft);
  if (created === undefined) throw alreadyExists(subjectOf(call, name));
  return created;
};

/** Each name is tried on a copy: what the strategy makes of an object may depend on its name. */
const createGenerated = async (core: Core, call: Call, draft: Draft<KubeObject>): Promise<Shown> => {
  let name = "";
  for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts++) {
    const own = structuredClone(draft);
    name = generatedName(metaOf(own).generateName ?? "", nameSuffix(core.ports.random));
    metaOf(own).name = name;
    const created = await attempt(core, call, own);
    if (created !== undefined) return created;
  }
  throw noUniqueName(call, name);
};

/** Everything before the object has its name. */
const prepare = async (core: Core, call: Call, draft: Draft<KubeObject>): Promise<void> => {
  const meta = metaOf(draft);
  settleNamespace(meta, call.namespace);
  requireNew(meta);
  wipeIdentity(meta);
  trackUpdate(core, call, draft);
  await mutate(attributesOf(call, draft), surroundingsOf(core, call));
  fillNew(metaOf(draft), { uid: uuid(core.ports.random), now: toTime(core.ports.clock.now()) });
};

/** upstream: storage.ErrResourceVersionSetOnCreate */
const requireNew = (meta: Draft<ObjectMeta>): void => {
  const { resourceVersion = "" } = meta;
  if (resourceVersion !== "") throw badRequest("resourceVersion should not be set on objects to be created");
  delete meta.resourceVersion;
};

/** Undefined: the name is taken. */
const attempt = async (core: Core, call: Call, draft: Draft<KubeObject>): Promise<Shown | undefined> => {
  prepareNew(call.kind, draft, metaOf(draft).creationTimestamp ?? "");
  core.guards.escalation(call.user, placeOf(call), { object: draft });
  await using allocation = await allocate(core, call, draft);
  requireValid(call.kind, draft);
  await judge(attributesOf(call, draft), surroundingsOf(core, call));
  call.warnings.push(...(call.kind.strategy.warnings?.(draft, undefined) ?? []));
  if (isDryRun(call)) return isTaken(core, call, draft) ? undefined : shownOf(call.kind, draft);
  try {
    const written = await write(core, call, draft, 0);
    await allocation.keep();
    return written;
  } catch (error) {
    if (error instanceof RevisionConflict) return undefined;
    throw error;
  }
};

const isTaken = (core: Core, call: Call, { metadata }: KubeObject): boolean =>
  servedOf(core, call).cache.get(metadata?.namespace ?? "", metadata?.name ?? "") !== undefined;

/** upstream: apierrors.NewGenerateNameConflict */
const noUniqueName = (call: Call, name: string): ApiError => {
  const { status } = alreadyExists(subjectOf(call, name));
  const why = "the server was not able to generate a unique name for the object";
  return failure("AlreadyExists", `${status.message ?? ""}, ${why}`, { ...status.details, retryAfterSeconds: 1 });
};

const attributesOf = ({ user, kind, subresource, namespace, options }: Call, object: Draft<KubeObject>): Attributes => ({
  user,
  operation: "CREATE",
  kind,
  subresource,
  namespace,
  name: object.metadata?.name ?? "",
  object,
  old: undefined,
  dryRun: options.dryRun?.includes("All") === true,
});
