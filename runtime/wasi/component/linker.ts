// Instantiates a component: walks its definitions in order and fills its index spaces. This is the whole seam between a
// component's binary and the host: `link` takes what `decode` made and gives the functions that the component exports.
//
// A host interface is a record of functions by their WIT names. A function that may have to wait is `{ suspends: fn }`, and then may answer a promise; values are as in
// codec.ts, results of WASI `ok(…)` and `err(…)` of preview2/result.ts. What a function throws ends the guest.
// worker/component-instance.ts links one on its thread, preview2/host.ts has the interfaces of every component.
//
// L1 a guest says itself what types the functions have that it imports. Where it says handles must be where its host expects
//    resources, no more and no fewer, so that no plain value of a guest is ever taken for a resource. Anything else that it
//    says wrongly only makes the function fail.
import {
  lift,
  lower,
  type CanonContext,
  type ComponentFunction,
  type CoreFunction,
  type HostFunction,
  type Suspending,
} from "./functions.ts";
import { ComponentTrap, type HandleTable, type ResourceType } from "./handles.ts";
import { at, bundle, defineAlias, empty, Space, unbundle, type CoreInstance, type Instance } from "./space.ts";
import type { Canon, CanonOptions, Component, Definition, Extern, Named } from "./syntax.ts";
import { openInterface, resolveType, type FunctionType, type Type } from "./types.ts";

/** An interface of the host: its functions by their WIT names, such as `[method]output-stream.write`. */
export type HostInterface = Readonly<Record<string, HostFunction | Suspending | CoreFunction>>;

/** What a component is linked with. */
export type Host = {
  /** The interface of this name; undefined: the host has none such. */
  readonly interface: (name: string) => HostInterface | undefined;
  /** Where handles stand in a function of an interface, as FunctionType has it. */
  readonly handles: (name: string, of: string) => string;
  /** Instantiates a core module, by its number. The answer is what the component may see of it. */
  readonly instantiate: (module: number, imports: WebAssembly.Imports) => Promise<WebAssembly.Exports>;
  /** Calls into the guest where it cannot be suspended. */
  readonly aside: CanonContext["aside"];
};

/** A component that can be called. `dispose` lets go of what it holds of the host's, `isEmpty` says that it holds nothing. */
export type Linked = { readonly exports: Instance; readonly dispose: () => void; readonly isEmpty: () => boolean };

type Shared = {
  readonly host: Host;
  /** What may still be linked, in bytes of definitions: nested components may be instantiated any number of times. */
  budgetBytes: number;
  /** The handles of every component instance. */
  readonly tables: HandleTable[];
  /** Resource types of the host, by `interface/resource`. */
  readonly resources: Map<string, ResourceType>;
};

const disposeOf = (rep: unknown): void => (rep as Partial<Disposable>)[Symbol.dispose]?.();

const MOST_BYTES = 4 << 20;

// What an instance of a component counts for beside its definitions.
const INSTANCE_BYTES = 4096;

const spend = (shared: Shared, bytes: number): void => {
  shared.budgetBytes -= bytes;
  if (shared.budgetBytes < 0) throw new ComponentTrap("the component is too large when all in it is instantiated");
};

const contextOf = (space: Space, { host }: Shared, { encoding, memory, realloc }: CanonOptions): CanonContext => ({
  encoding,
  handles: space.handles,
  passage: space.passage,
  aside: host.aside,
  memory: memory === undefined ? undefined : (at(space.core.memory, memory, "memory") as WebAssembly.Memory),
  realloc: realloc === undefined ? undefined : space.coreFunction(realloc),
});

const resourceAt = (space: Space, index: number): ResourceType => {
  const type = at(space.types, index, "type");
  if (type.is !== "resource") throw new ComponentTrap(`type ${index} is not a resource`);
  return type.resource;
};

const resourceFunction = (space: Space, canon: Extract<Canon, { resource: number }>): WebAssembly.ExportedFunction => {
  const { handles } = space;
  const type = resourceAt(space, canon.resource);
  if (canon.do === "resource.new") return (rep: number) => handles.add({ type, rep, isOwn: true });
  if (canon.do === "resource.rep") return (index: number) => handles.get(index, type).rep;
  return (index: number) => {
    const { rep, isOwn } = handles.remove(index, type);
    if (isOwn) type.drop(rep, handles);
  };
};

const defineCanon = (space: Space, shared: Shared, canon: Canon): void => {
  if (canon.do === "lift") {
    const type = at(space.types, canon.type, "type");
    if (type.is !== "function") throw new ComponentTrap(`type ${canon.type} is not a function`);
    const { postReturn } = canon.options;
    const func = space.coreFunction(canon.func);
    const after = postReturn === undefined ? undefined : space.coreFunction(postReturn);
    space.funcs.push(lift({ func, type, postReturn: after, context: contextOf(space, shared, canon.options) }));
  } else if (canon.do === "lower") {
    space.core.func.push(lower(at(space.funcs, canon.func, "function"), contextOf(space, shared, canon.options)));
  } else space.core.func.push(resourceFunction(space, canon));
};

const missing = (what: string): ComponentTrap => new ComponentTrap(`the component imports ${what}, which this node does not have`);

const hostFunction = (host: Host, name: string, of: string, type: FunctionType): ComponentFunction => {
  const body = host.interface(name)?.[of];
  if (body === undefined) throw missing(`"${of}" of "${name}"`);
  const expected = host.handles(name, of);
  if (type.handles !== expected) throw new ComponentTrap(`"${of}" of "${name}" has handles at "${expected}", not at "${type.handles}"`);
  return { type, body };
};

const hostInstance = (shared: Shared, name: string, type: Type): Instance => {
  const { host, resources } = shared;
  if (type.is !== "interface" || host.interface(name) === undefined) throw missing(`"${name}"`);
  spend(shared, type.syntax.sizeBytes);
  const resourceOf = (resource: string): ResourceType => {
    const key = `${name}/${resource}`;
    const known = resources.get(key) ?? { name: resource, madeIn: undefined, drop: disposeOf };
    resources.set(key, known);
    return known;
  };
  const opened = openInterface(type, resourceOf);
  const functions = Array.from(opened.functions, ([of, each]): [string, ComponentFunction] => [of, hostFunction(host, name, of, each)]);
  return { functions: new Map(functions), types: new Map(opened.types), instances: new Map() };
};

const importFromHost = (space: Space, shared: Shared, name: string, extern: Extern): void => {
  if (extern.is === "instance") space.instances.push(hostInstance(shared, name, at(space.types, extern.type, "type")));
  else if (extern.is === "same type") space.types.push(at(space.types, extern.type, "type"));
  else throw missing(`"${name}"`);
};

const importFrom = (space: Space, name: string, extern: Extern, args: Instance): void => {
  if (extern.is === "func") unbundle(space, "func", name, args);
  else if (extern.is === "instance") unbundle(space, "instance", name, args);
  else if (extern.is === "same type" || extern.is === "resource") unbundle(space, "type", name, args);
  else throw new ComponentTrap(`a component cannot be given "${name}"`);
};

const instantiateCore = async (
  space: Space,
  shared: Shared,
  definition: Extract<Definition, { do: "instantiate core" }>,
): Promise<void> => {
  const imports = Object.fromEntries(
    definition.args.map(({ name, instance }) => [name, at(space.coreInstances, instance, "core instance")]),
  );
  space.coreInstances.push(await shared.host.instantiate(at(space.modules, definition.module, "core module"), imports));
};

const makeResource =
  (space: Space, { aside }: Host) =>
  (destructor: number | undefined): ResourceType => ({
    name: "a resource of the component",
    madeIn: space.handles,
    drop: (rep, by) => {
      if (destructor === undefined) return;
      if (by !== space.handles && !space.passage.mayEnter) throw new ComponentTrap("cannot enter component instance");
      aside(() => space.coreFunction(destructor)(rep));
    },
  });

const bundleCore = (space: Space, exports: readonly Named[]): CoreInstance =>
  Object.fromEntries(exports.map(({ name, sort, index }) => [name, at(space.coreThings(sort), index, sort) as WebAssembly.ExportValue]));

// An export is a new thing in its index space too.
const defineExport = (space: Space, exported: Named): void => {
  bundle(space.exports, exported, space);
  unbundle(space, exported.sort, exported.name, space.exports);
};

const instantiateNested = async (space: Space, shared: Shared, definition: Extract<Definition, { do: "instantiate" }>): Promise<void> => {
  const { component, scope } = at(space.components, definition.component, "component");
  const args = empty();
  for (const each of definition.args) bundle(args, each, space);
  space.instances.push(await instantiate(component, { shared, outer: scope, args }));
};

type Define<Do extends Definition["do"]> = (
  space: Space,
  definition: Extract<Definition, { do: Do }>,
  shared: Shared,
  args: Instance | undefined,
) => void | Promise<void>;

const DEFINE: { readonly [Do in Definition["do"]]: Define<Do> } = {
  "core module": (space, { module }) => void space.modules.push(module),
  "instantiate core": (space, definition, shared) => instantiateCore(space, shared, definition),
  "bundle core": (space, { exports }) => void space.coreInstances.push(bundleCore(space, exports)),
  component: (space, { component }) => void space.components.push({ component, scope: space }),
  instantiate: (space, definition, shared) => instantiateNested(space, shared, definition),
  bundle: (space, { exports }) => {
    const instance = empty();
    for (const each of exports) bundle(instance, each, space);
    space.instances.push(instance);
  },
  alias: (space, { alias }) => defineAlias(space, alias),
  type: (space, { type }, { host }) => void space.types.push(resolveType(space, type, makeResource(space, host))),
  canon: (space, { canon }, shared) => defineCanon(space, shared, canon),
  import: (space, { name, extern }, shared, args) =>
    args === undefined ? importFromHost(space, shared, name, extern) : importFrom(space, name, extern, args),
  export: (space, { exported }) => defineExport(space, exported),
};

type Place = { readonly shared: Shared; readonly outer: Space | undefined; readonly args: Instance | undefined };

const instantiate = async ({ definitions, sizeBytes }: Component, { shared, outer, args }: Place): Promise<Instance> => {
  spend(shared, sizeBytes + INSTANCE_BYTES);
  const space = new Space(outer);
  shared.tables.push(space.handles);
  for (const definition of definitions) {
    const define = DEFINE[definition.do] as Define<Definition["do"]>;
    // oxlint-disable-next-line no-await-in-loop -- a definition may use all that come before it
    await define(space, definition, shared, args);
  }
  return space.exports;
};

/** Instantiates a component. Rejects: ComponentTrap, WebAssembly errors, what its start functions throw. */
export const link = async (component: Component, host: Host): Promise<Linked> => {
  const shared: Shared = { host, budgetBytes: MOST_BYTES, tables: [], resources: new Map() };
  const dispose = (): void => {
    for (const table of shared.tables) table.clear();
  };
  try {
    const exports = await instantiate(component, { shared, outer: undefined, args: undefined });
    return { exports, dispose, isEmpty: () => shared.tables.every((table) => table.isEmpty) };
  } catch (error) {
    dispose();
    throw error;
  }
};
