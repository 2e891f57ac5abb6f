// Functions across the border: `lift` makes a function of a component from one of a core module, `lower` the other way round.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#canon-lift
//
// B1 nobody enters an instance that is being called, or that has trapped.
// B2 while a guest allocates or cleans up for its host, it calls nobody.
// B3 what was lent to an instance for a call is given back when the call ends.
// B4 one call takes a bounded amount out of a guest's memory: the thread, and what JavaScript has, are others' too.
import { Flat, alignTo, checkRange, type Border, type CoreValue, type Encoding } from "./codec.ts";
import { tupleCodec } from "./codec-composites.ts";
import { ComponentTrap, type HandleTable } from "./handles.ts";
import type { FunctionType } from "./types.ts";

/** A function of a host. Results of WASI are values: `{ tag: "ok" }` or `{ tag: "err" }`. */
export type HostFunction = (...args: never[]) => unknown;

/** A function of a host that may answer a promise, for which the guest is suspended. */
export type Suspending = { readonly suspends: HostFunction };

/** A function of a host that is a core function already. */
export type CoreFunction = { readonly core: WebAssembly.ExportedFunction };

/** A function between components. */
export type ComponentFunction = { readonly type: FunctionType; readonly body: HostFunction | Suspending | CoreFunction };

/** Calls a function of a component. Rejects: ComponentTrap, WebAssembly errors, what the host's functions throw. */
export const callFunction = async ({ body }: ComponentFunction, ...args: readonly unknown[]): Promise<unknown> => {
  if (typeof body === "object" && "core" in body) throw new ComponentTrap("a function of the host's is the guest's to call only");
  return ((typeof body === "function" ? body : body.suspends) as (...values: readonly unknown[]) => unknown)(...args);
};

/** Whether an instance may be entered and left now. */
export type Passage = { mayEnter: boolean; mayLeave: boolean };

/** What a canonical function works with. */
export type CanonContext = {
  readonly handles: HandleTable;
  readonly passage: Passage;
  readonly encoding: Encoding;
  readonly memory: WebAssembly.Memory | undefined;
  readonly realloc: WebAssembly.ExportedFunction | undefined;
  /** Calls into the guest from the midst of a host function, where it cannot be suspended. */
  readonly aside: <Result>(call: () => Result) => Result;
};

const MOST_FLAT_PARAMS = 16;
const MOST_FLAT_RESULTS = 1;
const MOST_TAKEN_BYTES = 64 * 1024 * 1024;

// Calls into an instance where it may call nobody.
const callAside = <Result>({ passage, aside }: CanonContext, call: () => Result): Result => {
  passage.mayLeave = false;
  const result = aside(call);
  passage.mayLeave = true;
  return result;
};

class GuestBorder implements Border {
  readonly handles: HandleTable;
  readonly encoding: Encoding;
  readonly #context: CanonContext;
  #view = new DataView(new ArrayBuffer(0));
  #bytes = new Uint8Array();
  #takenBytes = 0;

  constructor(context: CanonContext) {
    this.handles = context.handles;
    this.encoding = context.encoding;
    this.#context = context;
  }

  view(): DataView {
    if (this.#bytes.byteLength === 0) this.#renew();
    return this.#view;
  }

  bytes(): Uint8Array {
    if (this.#bytes.byteLength === 0) this.#renew();
    return this.#bytes;
  }

  allocate(alignment: number, size: number): number {
    const { realloc } = this.#context;
    if (realloc === undefined) throw new ComponentTrap("the function has no realloc");
    return checkRange(this, callAside(this.#context, () => realloc(0, 0, alignment, size)) as number, alignment, size);
  }

  /** Another call begins. */
  begin(): void {
    this.#takenBytes = 0;
  }

  take(bytes: number): void {
    this.#takenBytes += bytes;
    if (this.#takenBytes > MOST_TAKEN_BYTES) throw new ComponentTrap(`a call passes more than ${MOST_TAKEN_BYTES} bytes`);
  }

  // A memory that has grown has another buffer, and views of the old one are empty.
  #renew(): void {
    const { memory } = this.#context;
    if (memory === undefined) throw new ComponentTrap("the function has no memory");
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }
}

const liftParams = ({ params, flatParams }: FunctionType, border: GuestBorder, args: readonly CoreValue[]): readonly unknown[] => {
  border.begin();
  if (flatParams.length <= MOST_FLAT_PARAMS) {
    const flat = new Flat(args);
    return params.map((codec) => codec.lift(border, flat));
  }
  const tuple = tupleCodec(params);
  return tuple.load(border, checkRange(border, args[0] as number, tuple.align, tuple.size)) as readonly unknown[];
};

// Gives a result to the guest: alone as a core value, else where the guest said in its last argument.
const lowerResult = ({ result }: FunctionType, border: Border, args: readonly CoreValue[], value: unknown): CoreValue | undefined => {
  if (result === undefined) return undefined;
  if (result.flat.length > MOST_FLAT_RESULTS) {
    result.store(border, value, checkRange(border, args.at(-1) as number, result.align, result.size));
    return undefined;
  }
  const into: CoreValue[] = [];
  result.lower(border, value, into);
  return into[0];
};

/** The core function by which a guest calls `fn`. */
export const lower = ({ type, body }: ComponentFunction, context: CanonContext): WebAssembly.ImportValue => {
  if (typeof body === "object" && "core" in body) return body.core;
  const border = new GuestBorder(context);
  const host = (typeof body === "function" ? body : body.suspends) as (...values: readonly unknown[]) => unknown;
  const call = (...args: CoreValue[]): unknown => {
    if (!context.passage.mayLeave) throw new ComponentTrap("cannot leave component instance");
    const value = host(...liftParams(type, border, args));
    return value instanceof Promise
      ? value.then((settled: unknown) => lowerResult(type, border, args, settled))
      : lowerResult(type, border, args, value);
  };
  return typeof body === "function" ? call : new WebAssembly.Suspending(call);
};

const lowerParams = ({ params, flatParams }: FunctionType, border: Border, values: readonly unknown[]): readonly CoreValue[] => {
  const flat: CoreValue[] = [];
  if (flatParams.length <= MOST_FLAT_PARAMS) {
    for (const [index, codec] of params.entries()) codec.lower(border, values[index], flat);
    return flat;
  }
  const tuple = tupleCodec(params);
  const at = border.allocate(tuple.align, alignTo(tuple.size, tuple.align));
  tuple.store(border, values, at);
  return [at];
};

const liftResult = ({ result }: FunctionType, border: GuestBorder, value: CoreValue): unknown => {
  border.begin();
  if (result === undefined) return undefined;
  if (result.flat.length <= MOST_FLAT_RESULTS) return result.lift(border, new Flat([value]));
  return result.load(border, checkRange(border, value as number, result.align, result.size));
};

export type LiftOptions = {
  readonly func: WebAssembly.ExportedFunction;
  readonly postReturn: WebAssembly.ExportedFunction | undefined;
  readonly type: FunctionType;
  readonly context: CanonContext;
};

/** The function of a component that a core function is. The guest may be suspended while it is called. */
export const lift = ({ func, postReturn, type, context }: LiftOptions): ComponentFunction => {
  const border = new GuestBorder(context);
  const { passage, handles } = context;
  const enter = WebAssembly.promising(func);
  const suspends = async (...values: readonly unknown[]): Promise<unknown> => {
    if (!passage.mayEnter) throw new ComponentTrap("cannot enter component instance");
    passage.mayEnter = false;
    const returned = (await enter(...lowerParams(type, border, values))) as CoreValue;
    const result = liftResult(type, border, returned);
    if (postReturn !== undefined) callAside(context, () => postReturn(returned));
    if (handles.lentCount > 0) throw new ComponentTrap("borrow handles still remain at the end of the call");
    passage.mayEnter = true;
    return result;
  };
  return { type, body: { suspends } };
};
