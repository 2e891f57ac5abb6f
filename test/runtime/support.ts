// A runtime on real threads over a directory of its own, with the toolbox of the examples as its only image.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMPILE_CACHE_DIR } from "#bin/compile-cache.ts";
import { systemClock } from "#lib/clock.ts";
import { systemRandom } from "#lib/random.ts";
import { createNodeRuntime, type NodeRuntimeOptions } from "#runtime/node-runtime.ts";
import type { NodeImages } from "#runtime/node-ports.ts";
import { ImageError, type Image } from "#runtime/port.ts";
import type { OpenRuntime } from "#test/contract/runtime.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples");

/** The path of an example's program. */
export const example = (name: string): string => join(EXAMPLES, name, `${name}.wasm`);

/** Images whose references are the names of examples. */
const exampleImages = (): NodeImages => {
  const pulled = new Map<string, Image>();
  return {
    pull: async (reference) => {
      if (reference === "") throw new ImageError("InvalidImageName", "no name");
      const image = { id: `sha256:${reference}`, tags: [reference], digests: [], sizeBytes: 1 };
      pulled.set(image.id, image);
      return image;
    },
    find: async (reference) => pulled.get(reference) ?? pulled.get(`sha256:${reference}`),
    list: async () => [...pulled.values()],
    remove: async (id) => void pulled.delete(id),
    program: async (id) => {
      if (!pulled.has(id)) throw new Error(`image "${id}": not found`);
      const name = id.slice("sha256:".length);
      return { digest: id, path: example(name), kind: name === "web" ? "component" : "module", config: { Entrypoint: [name] } };
    },
  };
};

/** A range of 127.64.0.0/12 for each process: tests that run side by side do not meet. */
const RANGE = `127.${64 + ((process.pid >> 8) & 15)}.${process.pid & 255}`;

/** An address of 127.0.0.0/8 for each pod: it can be listened on anywhere. */
const loopback = () => {
  const given: string[] = [];
  return {
    allocate: (uid: string): string => {
      const place = given.indexOf(uid);
      return `${RANGE}.${place === -1 ? given.push(uid) : place + 1}`;
    },
    release: () => undefined,
  };
};

export type OpenNode = OpenRuntime & { readonly dir: string };

/** How a runtime is opened: with what it differs from a node's, and the handler of its pods. */
export type NodeOptions = Partial<NodeRuntimeOptions> & { readonly handler?: string | undefined };

/** Opens a runtime; what it made is removed at the end. */
export const openNode = async (image: string, { handler, ...options }: NodeOptions = {}): Promise<OpenNode> => {
  const dir = await mkdtemp(join(tmpdir(), "orrery-runtime-"));
  const runtime = await createNodeRuntime({
    images: exampleImages(),
    network: loopback(),
    nodeAddress: "127.0.0.1",
    clock: systemClock,
    random: systemRandom,
    dataDir: join(dir, "data"),
    cacheDir: COMPILE_CACHE_DIR,
    ...options,
  });
  return {
    dir,
    runtime,
    image,
    handler,
    logPath: (name) => join(dir, "logs", `${name}.log`),
    advance: async () => undefined,
    [Symbol.asyncDispose]: async () => {
      await runtime.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};
