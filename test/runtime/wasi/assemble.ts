// A few lines of assembler: modules for tests, written where they are used.
import { name, u32 } from "#runtime/wasi/binary/reader.ts";
import { SECTION, append, joinModule, type Section } from "#runtime/wasi/binary/sections.ts";

export type Code = {
  readonly params?: readonly number[];
  readonly results?: readonly number[];
  /** The name it is exported by. */
  readonly as?: string;
  /** Local variables beside the parameters, all i32. */
  readonly locals?: number;
  /** The instructions, without the last `end`. */
  readonly body: readonly number[];
};

export type Source = {
  /** Functions of the module `host`, which take and give nothing; they come before the functions here. */
  readonly imports?: readonly string[];
  readonly memory?: readonly number[];
  readonly table?: readonly number[];
  readonly functions: readonly Code[];
  /** The index of the start function. */
  readonly start?: number;
  readonly elements?: readonly (readonly number[])[];
};

export const I32 = 0x7f;
const NONE = { count: 0, items: new Uint8Array() };

/** The bytes of a module. */
export const assemble = ({ imports = [], memory, table, functions, start, elements }: Source): Uint8Array<ArrayBuffer> => {
  const types = [
    [0x60, 0, 0],
    ...functions.map(({ params = [], results = [] }) => [0x60, params.length, ...params, results.length, ...results]),
  ];
  const bodies = functions.map(({ locals = 0, body }) => {
    const code = [...(locals === 0 ? [0] : [1, locals, I32]), ...body, 0x0b];
    return [...u32(code.length), ...code];
  });
  const exported = functions.flatMap(({ as }, index) => (as === undefined ? [] : [[...name(as), 0, ...u32(imports.length + index)]]));
  const sections: (Section | undefined)[] = [
    { id: SECTION.type, body: append(NONE, types) },
    {
      id: SECTION.import,
      body: append(
        NONE,
        imports.map((each) => [...name("host"), ...name(each), 0, 0]),
      ),
    },
    {
      id: SECTION.function,
      body: append(
        NONE,
        functions.map((_, index) => u32(index + 1)),
      ),
    },
    table && { id: SECTION.table, body: append(NONE, [table]) },
    memory && { id: SECTION.memory, body: append(NONE, [memory]) },
    { id: SECTION.export, body: append(NONE, [...exported, ...(memory === undefined ? [] : [[...name("memory"), 2, 0]])]) },
    start === undefined ? undefined : { id: SECTION.start, body: Uint8Array.from(u32(start)) },
    elements && { id: SECTION.element, body: append(NONE, elements) },
    { id: SECTION.code, body: append(NONE, bodies) },
  ];
  return joinModule(sections.filter((section) => section !== undefined));
};
