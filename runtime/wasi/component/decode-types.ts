// Reading the types of a component. https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
import { BinaryError, type Reader } from "#runtime/wasi/binary/reader.ts";
import type { Alias, Case, CoreSort, Declaration, Extern, Field, Primitive, Sort, TypeSyntax, TypeUse, ValueSyntax } from "./syntax.ts";

const PRIMITIVES: ReadonlyMap<number, Primitive> = new Map([
  [0x7f, "bool"],
  [0x7e, "s8"],
  [0x7d, "u8"],
  [0x7c, "s16"],
  [0x7b, "u16"],
  [0x7a, "s32"],
  [0x79, "u32"],
  [0x78, "s64"],
  [0x77, "u64"],
  [0x76, "f32"],
  [0x75, "f64"],
  [0x74, "char"],
  [0x73, "string"],
]);

const CORE_SORTS: ReadonlyMap<number, CoreSort> = new Map([
  [0x00, "func"],
  [0x01, "table"],
  [0x02, "memory"],
  [0x03, "global"],
  [0x10, "type"],
  [0x11, "module"],
  [0x12, "instance"],
]);

const SORTS: ReadonlyMap<number, Sort> = new Map([
  [0x01, "func"],
  [0x03, "type"],
  [0x04, "component"],
  [0x05, "instance"],
]);

const hex = (byte: number): string => `0x${byte.toString(16)}`;

/** As many as the count before them says. */
export const readMany = <Item>(reader: Reader, read: (reader: Reader) => Item): readonly Item[] => {
  const items: Item[] = [];
  for (let left = reader.u32(); left > 0; left--) items.push(read(reader));
  return items;
};

const readOptional = <Item>(reader: Reader, read: (reader: Reader) => Item): Item | undefined =>
  reader.byte() === 0 ? undefined : read(reader);

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A name without its kind. */
export const readName = (reader: Reader): string => {
  const bytes = reader.take(reader.u32());
  try {
    return decoder.decode(bytes);
  } catch {
    throw new BinaryError("a name is not UTF-8");
  }
};

/** The name of an import or export. Versions behind it in a field of their own are left out. */
export const readExternName = (reader: Reader): string => {
  const kind = reader.byte();
  if (kind > 2) throw new BinaryError(`unknown kind of name ${hex(kind)}`);
  const name = readName(reader);
  if (kind === 2) readName(reader);
  return name;
};

/** The sort of a core thing. */
export const readCoreSort = (reader: Reader): CoreSort => {
  const byte = reader.byte();
  const sort = CORE_SORTS.get(byte);
  if (sort === undefined) throw new BinaryError(`unknown core sort ${hex(byte)}`);
  return sort;
};

/** A sort. Values, as components may have them one day, are refused. */
export const readSort = (reader: Reader): Sort => {
  const byte = reader.byte();
  if (byte === 0) return `core ${readCoreSort(reader)}`;
  const sort = SORTS.get(byte);
  if (sort === undefined) throw new BinaryError(`unknown sort ${hex(byte)}`);
  return sort;
};

// Indices are signed numbers of 33 bits, primitives the negative ones of one byte.
const readUse = (reader: Reader): TypeUse => {
  const first = reader.bytes[reader.offset] ?? 0;
  if (first < 0x40 || first >= 0x80) return reader.u32();
  const primitive = PRIMITIVES.get(reader.byte());
  if (primitive === undefined) throw new BinaryError(`unknown value type ${hex(first)}`);
  return primitive;
};

const readField = (reader: Reader): Field => ({ name: readName(reader), type: readUse(reader) });

const readCase = (reader: Reader): Case => {
  const name = readName(reader);
  const type = readOptional(reader, readUse);
  if (reader.byte() !== 0) throw new BinaryError("cases that refine others are not known");
  return { name, type };
};

const readFunction = (reader: Reader): TypeSyntax => {
  const params = readMany(reader, readField);
  if (reader.byte() === 0) return { is: "function", params, result: readUse(reader) };
  if (reader.byte() !== 0) throw new BinaryError("functions with named results are not known");
  return { is: "function", params, result: undefined };
};

const readResource = (reader: Reader): TypeSyntax => {
  if (reader.byte() !== 0x7f) throw new BinaryError("resources are represented by i32 only");
  return { is: "resource", destructor: readOptional(reader, (each) => each.u32()) };
};

const VALUES: ReadonlyMap<number, (reader: Reader) => ValueSyntax> = new Map<number, (reader: Reader) => ValueSyntax>([
  [0x72, (reader) => ({ is: "record", fields: readMany(reader, readField) })],
  [0x71, (reader) => ({ is: "variant", cases: readMany(reader, readCase) })],
  [0x70, (reader) => ({ is: "list", element: readUse(reader) })],
  [0x6f, (reader) => ({ is: "tuple", elements: readMany(reader, readUse) })],
  [0x6e, (reader) => ({ is: "flags", names: readMany(reader, readName) })],
  [0x6d, (reader) => ({ is: "enum", names: readMany(reader, readName) })],
  [0x6b, (reader) => ({ is: "option", element: readUse(reader) })],
  [0x6a, (reader) => ({ is: "result", ok: readOptional(reader, readUse), error: readOptional(reader, readUse) })],
  [0x69, (reader) => ({ is: "own", resource: reader.u32() })],
  [0x68, (reader) => ({ is: "borrow", resource: reader.u32() })],
]);

const readInterface = (reader: Reader): TypeSyntax => {
  const from = reader.offset;
  const declarations = readMany(reader, readDeclaration).flat();
  return { is: "interface", declarations, sizeBytes: reader.offset - from };
};

const OTHERS: ReadonlyMap<number, (reader: Reader) => TypeSyntax> = new Map<number, (reader: Reader) => TypeSyntax>([
  [0x40, readFunction],
  [0x3f, readResource],
  [0x42, readInterface],
  [
    0x41,
    (reader) => {
      readMany(reader, readComponentDeclaration);
      return { is: "component" };
    },
  ],
]);

/** A type definition. Throws: BinaryError, for types of functions that are asynchronous too. */
export const readType = (reader: Reader): TypeSyntax => {
  const byte = reader.byte();
  const primitive = PRIMITIVES.get(byte);
  if (primitive !== undefined) return { is: "primitive", primitive };
  const read = VALUES.get(byte) ?? OTHERS.get(byte);
  if (read === undefined) throw new BinaryError(`unknown type ${hex(byte)}`);
  return read(reader);
};

const readTypeBound = (reader: Reader): Extern => (reader.byte() === 0 ? { is: "same type", type: reader.u32() } : { is: "resource" });

const readCoreModuleType = (reader: Reader): Extern => {
  reader.skip(1);
  reader.u32();
  return { is: "core module" };
};

/** What an import or export is declared to be. */
export const readExtern = (reader: Reader): Extern => {
  const byte = reader.byte();
  if (byte === 0) return readCoreModuleType(reader);
  if (byte === 1) return { is: "func", type: reader.u32() };
  if (byte === 3) return readTypeBound(reader);
  if (byte === 4) return { is: "component", type: reader.u32() };
  if (byte === 5) return { is: "instance", type: reader.u32() };
  throw new BinaryError(`unknown extern ${hex(byte)}`);
};

/** An alias. */
export const readAlias = (reader: Reader): Alias => {
  const sort = readSort(reader);
  const target = reader.byte();
  if (target === 0) return { of: "export", sort, instance: reader.u32(), name: readName(reader) };
  if (target === 1) return { of: "core export", sort, instance: reader.u32(), name: readName(reader) };
  if (target === 2) return { of: "outer", sort, up: reader.u32(), index: reader.u32() };
  throw new BinaryError(`unknown alias ${hex(target)}`);
};

const readDeclaration = (reader: Reader): readonly Declaration[] => {
  const byte = reader.byte();
  if (byte === 1) return [{ do: "type", type: readType(reader) }];
  if (byte === 2) return [{ do: "alias", alias: readAlias(reader) }];
  if (byte === 4) return [{ do: "export type", name: readExternName(reader), extern: readExtern(reader) }];
  throw new BinaryError(`unknown declaration ${hex(byte)}`);
};

const readComponentDeclaration = (reader: Reader): void => {
  if (reader.bytes[reader.offset] !== 3) return void readDeclaration(reader);
  reader.skip(1);
  readExternName(reader);
  readExtern(reader);
};
