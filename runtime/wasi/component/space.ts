// The index spaces of a component while it is instantiated, and what goes in and out of them by name.
import type { ComponentFunction, Passage } from "./functions.ts";
import { ComponentTrap, HandleTable } from "./handles.ts";
import type { Alias, Component, CoreSort, Named, Sort } from "./syntax.ts";
import { outerType, type Type, type TypeScope } from "./types.ts";

/** An instance of a component: what it exports, by name. */
export type Instance = {
  readonly functions: Map<string, ComponentFunction>;
  readonly types: Map<string, Type>;
  readonly instances: Map<string, Instance>;
};

/** A component and where it stands, which its outer aliases look through. */
export type ComponentValue = { readonly component: Component; readonly scope: Space };

export type CoreInstance = Readonly<Record<string, WebAssembly.ExportValue>>;

/** An instance of nothing. */
export const empty = (): Instance => ({ functions: new Map(), types: new Map(), instances: new Map() });

/** Throws: ComponentTrap when there is none. */
export const at = <Item>(items: readonly Item[], index: number, what: string): Item => {
  const item = items[index];
  if (item === undefined) throw new ComponentTrap(`unknown ${what} ${index}`);
  return item;
};

/** The index spaces. */
export class Space implements TypeScope {
  readonly handles = new HandleTable();
  readonly passage: Passage = { mayEnter: true, mayLeave: true };
  readonly types: Type[] = [];
  readonly outer: Space | undefined;
  readonly funcs: ComponentFunction[] = [];
  readonly instances: Instance[] = [];
  readonly components: ComponentValue[] = [];
  /** Core modules by their numbers. */
  readonly modules: number[] = [];
  readonly coreInstances: CoreInstance[] = [];
  readonly core: Readonly<Record<"func" | "table" | "memory" | "global", WebAssembly.ImportValue[]>> = {
    func: [],
    table: [],
    memory: [],
    global: [],
  };
  readonly exports = empty();

  constructor(outer: Space | undefined) {
    this.outer = outer;
  }

  coreFunction(index: number): WebAssembly.ExportedFunction {
    return at(this.core.func, index, "core function") as WebAssembly.ExportedFunction;
  }

  coreThings(sort: Sort): WebAssembly.ImportValue[] {
    const name = sort.replace("core ", "") as CoreSort;
    if (name === "type" || name === "module" || name === "instance") throw new ComponentTrap(`a core ${name} cannot be exported`);
    return this.core[name];
  }
}

/** Puts what stands at an index of `from` under its name in an instance. Throws: ComponentTrap. */
export const bundle = (into: Instance, { name, sort, index }: Named, from: Space): void => {
  if (sort === "func") into.functions.set(name, at(from.funcs, index, "function"));
  else if (sort === "type") into.types.set(name, at(from.types, index, "type"));
  else if (sort === "instance") into.instances.set(name, at(from.instances, index, "instance"));
  else throw new ComponentTrap(`a ${sort} cannot be exported`);
};

/** Takes what an instance exports into the index spaces. Throws: ComponentTrap. */
export const unbundle = (space: Space, sort: Sort, name: string, from: Instance): void => {
  const missing = (): never => {
    throw new ComponentTrap(`an instance does not export "${name}"`);
  };
  if (sort === "func") space.funcs.push(from.functions.get(name) ?? missing());
  else if (sort === "type") space.types.push(from.types.get(name) ?? missing());
  else if (sort === "instance") space.instances.push(from.instances.get(name) ?? missing());
  else throw new ComponentTrap(`a ${sort} cannot be aliased`);
};

const outerSpace = (space: Space, up: number): Space => {
  let from: Space | undefined = space;
  for (let left = up; left > 0; left--) from = from?.outer;
  if (from === undefined) throw new ComponentTrap("an alias leads out of the component");
  return from;
};

const aliasOuter = (space: Space, { sort, up, index }: Extract<Alias, { of: "outer" }>): void => {
  if (sort === "type") space.types.push(outerType(space, up, index));
  else if (sort === "component") space.components.push(at(outerSpace(space, up).components, index, "component"));
  else if (sort === "core module") space.modules.push(at(outerSpace(space, up).modules, index, "core module"));
  else throw new ComponentTrap(`an outer ${sort} cannot be aliased`);
};

/** Takes what an alias means into the index spaces. Throws: ComponentTrap. */
export const defineAlias = (space: Space, alias: Alias): void => {
  if (alias.of === "outer") return aliasOuter(space, alias);
  if (alias.of === "export") return unbundle(space, alias.sort, alias.name, at(space.instances, alias.instance, "instance"));
  const thing = at(space.coreInstances, alias.instance, "core instance")[alias.name];
  if (thing === undefined) throw new ComponentTrap(`a core instance does not export "${alias.name}"`);
  space.coreThings(alias.sort).push(thing);
};
