import type { Kind } from "#api/kind.ts";
import type { JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject, Stored } from "#api/meta/object.ts";
import { groupResource, type Resource, type Verb } from "#api/meta/resource.ts";
import type { User } from "#lib/api.ts";
import { sleep } from "#lib/clock.ts";
import { RevisionConflict } from "#lib/store.ts";
import { scopedTo } from "../cache/selection.ts";
import type { Entry } from "../cache/entry.ts";
import type { Surroundings } from "../admission/plugin.ts";
import { Reinvocation } from "../admission/reinvocation.ts";
import type { Level } from "../audit/policy.ts";
import type { Attributes, Decision, ResourceAttributes } from "../authorizer.ts";
import type { Call, Core } from "../core.ts";
import type { TypeName } from "../scheme.ts";
import { recompleted } from "./decode.ts";
import { readied, readiedToStore } from "./ready.ts";
import { refresh, write } from "./storage.ts";

/** What the admission of one call may look at: the caches, and webhooks. `given`: options that stand in the request's body. */
export const surroundingsOf = (core: Core, call: Call, given: JsonObject = {}): Surroundings => new CallSurroundings(core, call, given);

/** A class, since every write makes two of them and asks little of each. */
class CallSurroundings implements Surroundings {
  readonly #core: Core;
  readonly #call: Call;
  readonly #given: JsonObject;
  #reinvocation: Reinvocation | undefined;

  constructor(core: Core, call: Call, given: JsonObject) {
    this.#core = core;
    this.#call = call;
    this.#given = given;
  }

  get random(): Surroundings["random"] {
    return this.#core.ports.random;
  }

  get webhooks(): Surroundings["webhooks"] {
    return this.#core.ports.webhooks;
  }

  get metrics(): Surroundings["metrics"] {
    return this.#core.admission;
  }

  get podSecurity(): Surroundings["podSecurity"] {
    return this.#core.ports.config.podSecurity;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get options(): JsonObject | null {
    return optionsOf(this.#call, this.#given);
  }

  get reinvocation(): Reinvocation {
    return (this.#reinvocation ??= new Reinvocation());
  }

  warn(message: string): void {
    this.#call.warnings.push(message);
  }

  annotate(key: string, value: () => string, least?: Level): void {
    this.#core.ports.audit?.annotate(this.#call.request, key, value, least);
  }

  versionsOf(kind: Kind): readonly Kind[] {
    return this.#call.scheme.kinds.filter((one) => one !== kind && keptAs(one) === keptAs(kind));
  }

  async convert(object: KubeObject, from: Kind, to: Kind): Promise<KubeObject> {
    const { caches } = this.#core;
    await readiedToStore({ kind: from }, object);
    const stored = caches.of(from)?.toStored(object) ?? object;
    await readied({ kind: to }, [{ object: stored }]);
    return structuredClone(caches.of(to)?.fromStored(stored) ?? stored);
  }

  complete(object: JsonObject, kind: Kind): Draft<KubeObject> {
    return recompleted({ ...this.#call, kind }, object);
  }

  find<T extends KubeObject>(resource: Resource<T>, namespace: string, name: string): T | undefined {
    return this.#core.caches.object(resource, namespace, name) as T | undefined;
  }

  list<T extends KubeObject>(resource: Resource<T>, namespace?: string): Iterable<T> {
    return objects(this.#core.caches.of(resource)?.cache.select(scopedTo(namespace)) ?? []) as Iterable<T>;
  }

  async catchUp(resource: Resource): Promise<void> {
    await this.#core.caches.of(resource)?.bucket.catchUp(this.#call.signal);
  }

  pause(ms: number): Promise<void> {
    return sleep(this.#core.ports.clock, ms, this.#call.signal);
  }

  ofType(type: TypeName): Kind | undefined {
    return this.#call.scheme.ofType(type);
  }

  decide(user: User, attributes: Attributes): Decision {
    return this.#core.guards.authorizer.authorize(user, attributes);
  }

  may(attributes: ResourceAttributes): boolean {
    return this.decide(this.#call.user, attributes).decision === "allow";
  }

  now(): number {
    return this.#core.ports.clock.now();
  }

  inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    return inTurn(this.#core, name, work);
  }

  replace(kind: Kind, object: Stored): Promise<boolean> {
    return replace(this.#core, this.#call, kind, object);
  }
}

const replace = async (core: Core, call: Call, kind: Kind, object: Stored): Promise<boolean> => {
  const { namespace = "", name, resourceVersion } = object.metadata;
  const own: Call = { ...call, kind, subresource: "", body: undefined, namespace, name };
  try {
    await write(core, own, object, Number(resourceVersion));
    return true;
  } catch (error) {
    if (!(error instanceof RevisionConflict)) throw error;
    await refresh(core, own);
    return false;
  }
};

const turns = new WeakMap<Core, Map<string, Promise<unknown>>>();

const inTurn = async <T>(core: Core, name: string, work: () => Promise<T>): Promise<T> => {
  const queues = turns.get(core) ?? new Map<string, Promise<unknown>>();
  turns.set(core, queues);
  const turn = (queues.get(name) ?? Promise.resolve()).then(work);
  const over = turn.catch(() => undefined);
  queues.set(name, over);
  void over.then(() => queues.get(name) === over && queues.delete(name));
  return turn;
};

/** What tells that two kinds are versions of one. */
const keptAs = (kind: Kind): string => groupResource(kind.storedAs?.resource ?? kind);

const OPTIONS: { readonly [verb in Verb]?: { readonly kind: string; readonly fields: readonly string[] } } = {
  create: { kind: "CreateOptions", fields: ["dryRun", "fieldManager", "fieldValidation"] },
  update: { kind: "UpdateOptions", fields: ["dryRun", "fieldManager", "fieldValidation"] },
  patch: { kind: "PatchOptions", fields: ["dryRun", "force", "fieldManager", "fieldValidation"] },
};

const optionsOf = ({ request, options, body }: Call, given: JsonObject): JsonObject | null => {
  if (body?.connects === true) return null;
  const { kind, fields } = OPTIONS[request.verb] ?? { kind: "DeleteOptions", fields: [] };
  const own = fields.flatMap((field) => (options[field] === undefined ? [] : [[field, options[field]] as const]));
  return { kind, apiVersion: "meta.k8s.io/v1", ...Object.fromEntries(own), ...given };
};

function* objects(entries: Iterable<Entry>): Generator<KubeObject> {
  for (const entry of entries) yield entry.object;
}
