// Resources and their handles. A guest knows a resource only by a number in its instance's table; a number of another type,
// or one that is not there, is a trap.

/** A broken rule of the component model: the guest's fault, and its end. */
export class ComponentTrap extends Error {
  override readonly name = "ComponentTrap";
}

/** A type of resources. It is the same type only if it is this object. */
export type ResourceType = {
  readonly name: string;
  /** The table of the component that makes such resources; undefined for those of the host. */
  readonly madeIn: HandleTable | undefined;
  /** Called with the representation when its owner drops it; `by` is the owner's table. */
  readonly drop: (rep: unknown, by: HandleTable) => void;
};

/** What a handle stands for. */
export type Handle = { readonly type: ResourceType; readonly rep: unknown; readonly isOwn: boolean };

// Each may hold something of the node's.
const MOST_HANDLES = 65_536;

/** The handles of one component instance. Zero is none. */
export class HandleTable {
  readonly #handles: (Handle | undefined)[] = [undefined];
  readonly #free: number[] = [];
  #lentCount = 0;

  /** How many were lent here and have not been given back. */
  get lentCount(): number {
    return this.#lentCount;
  }

  /** Whether there is no handle. */
  get isEmpty(): boolean {
    return this.#handles.every((handle) => handle === undefined);
  }

  add(handle: Handle): number {
    const index = this.#free.pop() ?? this.#handles.length;
    if (index >= MOST_HANDLES) throw new ComponentTrap("too many handles");
    this.#handles[index] = handle;
    if (!handle.isOwn) this.#lentCount++;
    return index;
  }

  /** Throws: ComponentTrap when there is none of this type. */
  get(index: number, type: ResourceType): Handle {
    const handle = this.#handles[index];
    if (handle === undefined) throw new ComponentTrap(`unknown handle index ${index}`);
    if (handle.type !== type) throw new ComponentTrap(`handle index ${index} used with the wrong type, expected ${type.name}`);
    return handle;
  }

  /** Throws: ComponentTrap. */
  remove(index: number, type: ResourceType): Handle {
    const handle = this.get(index, type);
    this.#handles[index] = undefined;
    if (!handle.isOwn) this.#lentCount--;
    this.#free.push(index);
    return handle;
  }

  /** Drops every resource of the host's that is owned here, the youngest first. */
  clear(): void {
    const isHosts = (handle: Handle | undefined): handle is Handle => handle?.isOwn === true && handle.type.madeIn === undefined;
    for (const { type, rep } of this.#handles.filter(isHosts).toReversed()) type.drop(rep, this);
    this.#handles.length = 1;
    this.#free.length = 0;
    this.#lentCount = 0;
  }
}
