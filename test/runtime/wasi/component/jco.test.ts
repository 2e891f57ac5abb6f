// The reference of the linker's contract: what jco makes of the same components. Its JavaScript is written to a directory and
// imported from there; where it shows values otherwise than we do, they are translated.
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transpileBytes } from "@bytecodealliance/jco-transpile";
import { componentLinkerContract, Thing, type Host, type OpenLinker } from "#test/contract/component-linker.ts";

type Instantiate = (
  core: (path: string) => Promise<WebAssembly.Module>,
  imports: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, Readonly<Record<string, (...args: unknown[]) => unknown>>>>>;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(value) === "[object Object]" && !(value instanceof Thing);

const isFlags = (value: unknown): value is Readonly<Record<string, boolean>> =>
  isRecord(value) && Object.keys(value).length > 0 && Object.values(value).every((each) => typeof each === "boolean");

// Flags are sets here and records of booleans there; lists of numbers are arrays here and typed arrays there.
const toOurs = (value: unknown): unknown => {
  if (isFlags(value)) return new Set(Object.keys(value).filter((name) => value[name] === true));
  if (ArrayBuffer.isView(value)) return value instanceof Uint8Array ? value : Array.from(value as unknown as Iterable<unknown>);
  if (Array.isArray(value)) return value.map(toOurs);
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toOurs(each)])) : value;
};

const toJco = (value: unknown): unknown => {
  if (value instanceof Set) return Object.fromEntries(Array.from(value as Set<string>, (name) => [name, true]));
  if (Array.isArray(value)) return value.map(toJco);
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJco(each)])) : value;
};

const translated =
  (fn: (...args: unknown[]) => unknown, inward: (value: unknown) => unknown, outward: (value: unknown) => unknown) =>
  (...args: unknown[]): unknown =>
    outward(fn(...args.map(inward)));

// jco wants a class, whose constructor is the resource's. What the host's function makes is what others are to get.
const classOf = (host: Host): unknown =>
  class extends Thing {
    constructor(number: number) {
      super(number);
      // oxlint-disable-next-line no-constructor-return -- as above
      return host["[constructor]thing"]?.(number) as never;
    }

    static sum(one: Thing, other: Thing): unknown {
      return host["[static]thing.sum"]?.(one, other);
    }

    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Thing;
    }
  };

const open =
  (dir: string): OpenLinker =>
  async (component, host) => {
    const made = await mkdtemp(join(dir, "made-"));
    const { files } = await transpileBytes(component, { name: "guest", instantiation: "async", emitTypescriptDeclarations: false });
    for (const [path, bytes] of Object.entries(files)) {
      // oxlint-disable-next-line no-await-in-loop -- a handful of files
      await mkdir(dirname(join(made, path)), { recursive: true });
      // oxlint-disable-next-line no-await-in-loop -- as above
      await writeFile(join(made, path), bytes);
    }
    const { instantiate } = (await import(pathToFileURL(join(made, "guest.js")).href)) as { readonly instantiate: Instantiate };
    const core = async (path: string): Promise<WebAssembly.Module> => WebAssembly.compile(await readFile(join(made, path)));
    const functions = Object.entries(host).map(([name, fn]) => [name, translated(fn, toOurs, toJco)]);
    const imports = { "test:values/host": { ...Object.fromEntries(functions), Thing: classOf(host) } };
    const guest = (await instantiate(core, imports))["test:values/guest"] ?? {};
    return Object.fromEntries(Object.entries(guest).map(([name, fn]) => [name, translated(fn, toJco, toOurs)]));
  };

const dir = await mkdtemp(join(tmpdir(), "orrery-jco-"));
process.once("exit", () => rmSync(dir, { recursive: true, force: true }));

componentLinkerContract("jco", open(dir));
