// Reading a component that was split from its core modules. What is newer than WASI 0.2 needs (values, start functions, asynchronous functions) is refused.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
import { BinaryError, Reader } from "#runtime/wasi/binary/reader.ts";
import { readAlias, readCoreSort, readExtern, readExternName, readMany, readName, readSort, readType } from "./decode-types.ts";
import type { Canon, CanonOptions, Component, Definition, Named } from "./syntax.ts";

const HEAD = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

const readCoreExport = (reader: Reader): Named => {
  const name = readName(reader);
  return { name, sort: `core ${readCoreSort(reader)}`, index: reader.u32() };
};

const readCoreArgument = (reader: Reader): { readonly name: string; readonly instance: number } => {
  const name = readName(reader);
  if (reader.byte() !== 0x12) throw new BinaryError("a core module takes instances only");
  return { name, instance: reader.u32() };
};

const readCoreInstance = (reader: Reader): Definition =>
  reader.byte() === 0
    ? { do: "instantiate core", module: reader.u32(), args: readMany(reader, readCoreArgument) }
    : { do: "bundle core", exports: readMany(reader, readCoreExport) };

const readArgument = (reader: Reader): Named => ({ name: readName(reader), sort: readSort(reader), index: reader.u32() });
const readInlineExport = (reader: Reader): Named => ({ name: readExternName(reader), sort: readSort(reader), index: reader.u32() });

const readInstance = (reader: Reader): Definition =>
  reader.byte() === 0
    ? { do: "instantiate", component: reader.u32(), args: readMany(reader, readArgument) }
    : { do: "bundle", exports: readMany(reader, readInlineExport) };

const ENCODINGS = ["utf8", "utf16", "latin1+utf16"] as const;
const OPTION = { memory: 3, realloc: 4, postReturn: 5 } as const;

const readOptions = (reader: Reader): CanonOptions => {
  const found = new Map<number, number>();
  let encoding: CanonOptions["encoding"] = "utf8";
  readMany(reader, (each) => {
    const option = each.byte();
    const chosen = ENCODINGS[option];
    if (chosen !== undefined) return void (encoding = chosen);
    if (option > OPTION.postReturn) throw new BinaryError(`option ${option} of a function is not known`);
    return void found.set(option, each.u32());
  });
  return { encoding, memory: found.get(OPTION.memory), realloc: found.get(OPTION.realloc), postReturn: found.get(OPTION.postReturn) };
};

const readLift = (reader: Reader): Canon => {
  reader.skip(1);
  const func = reader.u32();
  const options = readOptions(reader);
  return { do: "lift", func, options, type: reader.u32() };
};

const readLower = (reader: Reader): Canon => {
  reader.skip(1);
  return { do: "lower", func: reader.u32(), options: readOptions(reader) };
};

const readCanon = (reader: Reader): Canon => {
  const byte = reader.byte();
  if (byte === 0) return readLift(reader);
  if (byte === 1) return readLower(reader);
  if (byte === 2) return { do: "resource.new", resource: reader.u32() };
  if (byte === 3) return { do: "resource.drop", resource: reader.u32() };
  if (byte === 4) return { do: "resource.rep", resource: reader.u32() };
  throw new BinaryError(`canonical function 0x${byte.toString(16)} is not known`);
};

const readImport = (reader: Reader): Definition => ({ do: "import", name: readExternName(reader), extern: readExtern(reader) });

const readExport = (reader: Reader): Definition => {
  const exported = { name: readExternName(reader), sort: readSort(reader), index: reader.u32() };
  if (reader.byte() !== 0) readExtern(reader); // says again what the thing is
  return { do: "export", exported };
};

const SECTION = { custom: 0, coreModule: 1, component: 4 } as const;

const SECTIONS: ReadonlyMap<number, (reader: Reader) => Definition> = new Map<number, (reader: Reader) => Definition>([
  [2, readCoreInstance],
  [5, readInstance],
  [6, (reader) => ({ do: "alias", alias: readAlias(reader) })],
  [7, (reader) => ({ do: "type", type: readType(reader) })],
  [8, (reader) => ({ do: "canon", canon: readCanon(reader) })],
  [10, readImport],
  [11, readExport],
]);

/** How many core modules there were so far. */
type Count = { modules: number };

const readSection = (id: number, body: Uint8Array, count: Count): readonly Definition[] => {
  if (id === SECTION.custom) return [];
  if (id === SECTION.coreModule) return [{ do: "core module", module: count.modules++ }];
  if (id === SECTION.component) return [{ do: "component", component: readComponent(body, count) }];
  const read = SECTIONS.get(id);
  if (read === undefined) throw new BinaryError(`section ${id} of a component is not known`);
  const reader = new Reader(body);
  const definitions = readMany(reader, read);
  if (!reader.done) throw new BinaryError(`section ${id} has bytes left`);
  return definitions;
};

const readComponent = (bytes: Uint8Array, count: Count): Component => {
  if (HEAD.some((byte, index) => bytes[index] !== byte)) throw new BinaryError("not a WebAssembly component");
  const reader = new Reader(bytes, HEAD.length);
  const definitions: Definition[] = [];
  let sizeBytes = 0;
  while (!reader.done) {
    const id = reader.byte();
    const body = reader.take(reader.u32());
    if (SECTIONS.has(id)) sizeBytes += body.length;
    for (const definition of readSection(id, body, count)) definitions.push(definition);
  }
  return { definitions, sizeBytes };
};

/** Reads a component, without the bytes of its core modules. Throws: BinaryError. */
export const decodeComponent = (definitions: Uint8Array): Component => readComponent(definitions, { modules: 0 });
