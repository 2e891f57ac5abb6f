// From types as they are written to codecs. Indices are looked up in the scope around them; the result is made once for
// each instance, since resources are types of their instance.
import { flatten, NO_HANDLES, type Codec, type Core } from "./codec.ts";
import { listCodec, recordCodec, tupleCodec } from "./codec-composites.ts";
import { NAME, optionCodec, TAGGED, variantCodec } from "./codec-variants.ts";
import { flagsCodec, handleCodec, PRIMITIVES } from "./codec-scalars.ts";
import { ComponentTrap, type ResourceType } from "./handles.ts";
import type { Alias, Declaration, FunctionSyntax, InterfaceSyntax, TypeSyntax, TypeUse, ValueSyntax } from "./syntax.ts";

export type FunctionType = {
  readonly is: "function";
  readonly params: readonly Codec[];
  readonly result: Codec | undefined;
  /** The core values of all parameters. */
  readonly flatParams: readonly Core[];
  /** Where handles stand: `0:borrow descriptor 3:borrow descriptor`, `-> own pollable`; empty when there are none. */
  readonly handles: string;
};

/** What a type index means. An interface waits to be told whose it is. */
export type Type =
  | { readonly is: "value"; readonly codec: Codec }
  | FunctionType
  | { readonly is: "resource"; readonly resource: ResourceType }
  | { readonly is: "interface"; readonly syntax: InterfaceSyntax; readonly scope: TypeScope }
  | { readonly is: "component" };

/** The types around a place. */
export interface TypeScope {
  readonly types: readonly Type[];
  readonly outer: TypeScope | undefined;
}

/** What an interface holds. */
export type InterfaceType = { readonly types: ReadonlyMap<string, Type>; readonly functions: ReadonlyMap<string, FunctionType> };

const typeAt = (scope: TypeScope, index: number): Type => {
  const type = scope.types[index];
  if (type === undefined) throw new ComponentTrap(`unknown type ${index}`);
  return type;
};

/** The codec of a type where it is used. Throws: ComponentTrap when it is not one of values. */
export const codecOf = (scope: TypeScope, use: TypeUse): Codec => {
  if (typeof use === "string") return PRIMITIVES[use];
  const type = typeAt(scope, use);
  if (type.is !== "value") throw new ComponentTrap(`type ${use} is not one of values`);
  return type.codec;
};

const resourceAt = (scope: TypeScope, index: number): ResourceType => {
  const type = typeAt(scope, index);
  if (type.is !== "resource") throw new ComponentTrap(`type ${index} is not a resource`);
  return type.resource;
};

const optional = (scope: TypeScope, use: TypeUse | undefined): Codec | undefined => (use === undefined ? undefined : codecOf(scope, use));

type Make<Is extends ValueSyntax["is"]> = (scope: TypeScope, syntax: Extract<ValueSyntax, { is: Is }>) => Codec;

const MAKE: { readonly [Is in Exclude<ValueSyntax["is"], "own" | "borrow">]: Make<Is> } = {
  primitive: (_scope, { primitive }) => PRIMITIVES[primitive],
  record: (scope, { fields }) => recordCodec(fields.map(({ name, type }) => ({ name, codec: codecOf(scope, type) }))),
  variant: (scope, { cases }) =>
    variantCodec(
      "variant",
      cases.map(({ name, type }) => ({ name, codec: optional(scope, type) })),
      TAGGED,
    ),
  list: (scope, { element }) => listCodec(codecOf(scope, element)),
  tuple: (scope, { elements }) => tupleCodec(elements.map((use) => codecOf(scope, use))),
  flags: (_scope, { names }) => flagsCodec(names),
  enum: (_scope, { names }) =>
    variantCodec(
      "enum",
      names.map((name) => ({ name, codec: undefined })),
      NAME,
    ),
  option: (scope, { element }) => optionCodec(codecOf(scope, element)),
  result: (scope, { ok, error }) =>
    variantCodec(
      "result",
      [
        { name: "ok", codec: optional(scope, ok) },
        { name: "err", codec: optional(scope, error) },
      ],
      TAGGED,
    ),
};

const valueCodec = (scope: TypeScope, syntax: ValueSyntax): Codec =>
  syntax.is === "own" || syntax.is === "borrow"
    ? handleCodec(syntax.is, resourceAt(scope, syntax.resource))
    : (MAKE[syntax.is] as Make<ValueSyntax["is"]>)(scope, syntax);

const handlesOf = (params: readonly Codec[], result: Codec | undefined): string => {
  const taken = params.flatMap(({ handles }, index) => (handles === NO_HANDLES ? [] : [`${index}:${handles}`]));
  const given = result === undefined || result.handles === NO_HANDLES ? [] : [`-> ${result.handles}`];
  return [...taken, ...given].join(" ");
};

const functionType = (scope: TypeScope, { params, result }: FunctionSyntax): FunctionType => {
  const codecs = params.map(({ type }) => codecOf(scope, type));
  const given = optional(scope, result);
  return { is: "function", params: codecs, result: given, flatParams: flatten(codecs), handles: handlesOf(codecs, given) };
};

/** What a type definition means. `makeResource` makes the type of the component's own resources. */
export const resolveType = (scope: TypeScope, syntax: TypeSyntax, makeResource: (destructor: number | undefined) => ResourceType): Type => {
  if (syntax.is === "function") return functionType(scope, syntax);
  if (syntax.is === "interface") return { is: "interface", syntax, scope };
  if (syntax.is === "resource") return { is: "resource", resource: makeResource(syntax.destructor) };
  if (syntax.is === "component") return { is: "component" };
  return { is: "value", codec: valueCodec(scope, syntax) };
};

/** The type that an alias to an outer scope means. */
export const outerType = (scope: TypeScope, up: number, index: number): Type => {
  let from: TypeScope | undefined = scope;
  for (let left = up; left > 0; left--) from = from?.outer;
  if (from === undefined) throw new ComponentTrap("an alias leads out of the component");
  return typeAt(from, index);
};

const aliased = (scope: TypeScope, alias: Alias): Type => {
  if (alias.of !== "outer" || alias.sort !== "type") throw new ComponentTrap("an interface may alias outer types only");
  return outerType(scope, alias.up, alias.index);
};

const noResource = (): never => {
  throw new ComponentTrap("an interface cannot make a resource");
};

type Open = {
  readonly scope: TypeScope & { readonly types: Type[] };
  readonly types: Map<string, Type>;
  readonly functions: Map<string, FunctionType>;
};

const declare = (open: Open, declaration: Declaration, resourceOf: (name: string) => ResourceType): void => {
  const { scope, types, functions } = open;
  if (declaration.do === "type") return void scope.types.push(resolveType(scope, declaration.type, noResource));
  if (declaration.do === "alias") return void scope.types.push(aliased(scope, declaration.alias));
  const { name, extern } = declaration;
  if (extern.is === "func") {
    const type = typeAt(scope, extern.type);
    if (type.is === "function") functions.set(name, type);
  } else if (extern.is === "same type" || extern.is === "resource") {
    const type: Type = extern.is === "resource" ? { is: "resource", resource: resourceOf(name) } : typeAt(scope, extern.type);
    scope.types.push(type);
    types.set(name, type);
  }
};

/** What an interface type holds, with `resourceOf` for the resources that it names. */
export const openInterface = (
  { syntax, scope }: Extract<Type, { is: "interface" }>,
  resourceOf: (name: string) => ResourceType,
): InterfaceType => {
  const open: Open = { scope: { types: [], outer: scope }, types: new Map(), functions: new Map() };
  for (const declaration of syntax.declarations) declare(open, declaration, resourceOf);
  return open;
};
