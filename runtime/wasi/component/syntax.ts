// A component as it is written: its definitions in their order. Plain data, so it is decoded once and given to any thread;
// core modules stand beside it by number. https://github.com/WebAssembly/component-model/blob/main/design/mvp/Explainer.md

/** What an index may point to. */
export type CoreSort = "func" | "table" | "memory" | "global" | "type" | "module" | "instance";
export type Sort = `core ${CoreSort}` | "func" | "type" | "component" | "instance";

export type Primitive = "bool" | "s8" | "u8" | "s16" | "u16" | "s32" | "u32" | "s64" | "u64" | "f32" | "f64" | "char" | "string";

/** A type where it is used: a primitive, or an index of the types around it. */
export type TypeUse = Primitive | number;

export type Field = { readonly name: string; readonly type: TypeUse };
export type Case = { readonly name: string; readonly type: TypeUse | undefined };

/** The type of values. */
export type ValueSyntax =
  | { readonly is: "primitive"; readonly primitive: Primitive }
  | { readonly is: "record"; readonly fields: readonly Field[] }
  | { readonly is: "variant"; readonly cases: readonly Case[] }
  | { readonly is: "list"; readonly element: TypeUse }
  | { readonly is: "tuple"; readonly elements: readonly TypeUse[] }
  | { readonly is: "flags"; readonly names: readonly string[] }
  | { readonly is: "enum"; readonly names: readonly string[] }
  | { readonly is: "option"; readonly element: TypeUse }
  | { readonly is: "result"; readonly ok: TypeUse | undefined; readonly error: TypeUse | undefined }
  | { readonly is: "own" | "borrow"; readonly resource: number };

export type FunctionSyntax = { readonly is: "function"; readonly params: readonly Field[]; readonly result: TypeUse | undefined };

/** The type of a resource that the component makes itself. */
export type ResourceSyntax = { readonly is: "resource"; readonly destructor: number | undefined };

/** What instances of an interface hold. */
export type InterfaceSyntax = { readonly is: "interface"; readonly declarations: readonly Declaration[]; readonly sizeBytes: number };

/** The type of a component; it says nothing that is needed to link. */
export type ComponentSyntax = { readonly is: "component" };

export type TypeSyntax = ValueSyntax | FunctionSyntax | ResourceSyntax | InterfaceSyntax | ComponentSyntax;

/** What an import or export is declared to be. */
export type Extern =
  | { readonly is: "func" | "instance" | "component"; readonly type: number }
  | { readonly is: "same type"; readonly type: number }
  | { readonly is: "resource" }
  | { readonly is: "core module" };

export type Alias =
  | { readonly of: "export"; readonly sort: Sort; readonly instance: number; readonly name: string }
  | { readonly of: "core export"; readonly sort: Sort; readonly instance: number; readonly name: string }
  | { readonly of: "outer"; readonly sort: Sort; readonly up: number; readonly index: number };

export type Declaration =
  | { readonly do: "type"; readonly type: TypeSyntax }
  | { readonly do: "alias"; readonly alias: Alias }
  | { readonly do: "export type"; readonly name: string; readonly extern: Extern };

export type Named = { readonly name: string; readonly sort: Sort; readonly index: number };

/** How a function crosses the border between a core module and the component. */
export type CanonOptions = {
  readonly encoding: "utf8" | "utf16" | "latin1+utf16";
  readonly memory: number | undefined;
  readonly realloc: number | undefined;
  readonly postReturn: number | undefined;
};

export type Canon =
  | { readonly do: "lift"; readonly func: number; readonly options: CanonOptions; readonly type: number }
  | { readonly do: "lower"; readonly func: number; readonly options: CanonOptions }
  | { readonly do: "resource.new" | "resource.drop" | "resource.rep"; readonly resource: number };

export type Definition =
  | { readonly do: "core module"; readonly module: number }
  | {
      readonly do: "instantiate core";
      readonly module: number;
      readonly args: readonly { readonly name: string; readonly instance: number }[];
    }
  | { readonly do: "bundle core"; readonly exports: readonly Named[] }
  | { readonly do: "component"; readonly component: Component }
  | { readonly do: "instantiate"; readonly component: number; readonly args: readonly Named[] }
  | { readonly do: "bundle"; readonly exports: readonly Named[] }
  | { readonly do: "alias"; readonly alias: Alias }
  | { readonly do: "type"; readonly type: TypeSyntax }
  | { readonly do: "canon"; readonly canon: Canon }
  | { readonly do: "import"; readonly name: string; readonly extern: Extern }
  | { readonly do: "export"; readonly exported: Named };

/** A component's definitions. `sizeBytes` is what they took to write, without core modules and the components in it. */
export type Component = { readonly definitions: readonly Definition[]; readonly sizeBytes: number };
