// The part of the WebAssembly JavaScript interface that is used here, with JavaScript Promise Integration: TypeScript has it
// in its browser library only. https://webassembly.github.io/spec/js-api/ https://github.com/WebAssembly/js-promise-integration
declare namespace WebAssembly {
  // oxlint-disable-next-line typescript/no-explicit-any -- a guest's function takes whatever its type says
  type ExportedFunction = (...args: any[]) => unknown;
  type ExportValue = ExportedFunction | Memory | Table | Global;
  type ImportValue = ExportValue | Suspending;
  type Imports = { readonly [module: string]: { readonly [name: string]: ImportValue } };
  type Exports = { readonly [name: string]: ExportValue };
  type Kind = "function" | "table" | "memory" | "global" | "tag";

  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { module: string; name: string; kind: Kind }[];
    static exports(module: Module): { name: string; kind: Kind }[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Table {
    constructor(descriptor: { readonly element: string; readonly initial: number });
    set(index: number, value: ExportValue): void;
  }
  class Global {
    value: number;
  }
  /** A function whose promise suspends the guest that calls it. */
  // oxlint-disable-next-line typescript/no-extraneous-class -- so it is
  class Suspending {
    constructor(fn: (...args: never[]) => unknown);
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}
  /** A function that answers a promise, in which suspending functions may be called. */
  function promising(fn: ExportValue): (...args: unknown[]) => Promise<unknown>;
  function compile(bytes: Uint8Array): Promise<Module>;
  function validate(bytes: Uint8Array): boolean;
}
