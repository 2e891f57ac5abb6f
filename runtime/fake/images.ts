// A registry that has every image, for simulations.
import type { NodeImages, Program } from "#runtime/node-ports.ts";
import { ImageError, type Image } from "#runtime/port.ts";

const SIZE_BYTES = 1024 * 1024;

/** The id that a reference gets: the same every time. */
const idOf = (reference: string): string => `sha256:${Buffer.from(reference).toString("hex").padEnd(64, "0")}`;

const PROGRAM: Omit<Program, "digest"> = { path: "", kind: "module", config: { Entrypoint: ["toolbox"] } };

/** Every image is to be had, but for those that `fault` names an error for. */
export const fakeImages = (fault: (reference: string) => ImageError | undefined): NodeImages => {
  const pulled = new Map<string, Image>();
  return {
    pull: async (reference, _auth, signal) => {
      signal.throwIfAborted();
      const error = reference === "" ? new ImageError("InvalidImageName", `couldn't parse image name "${reference}"`) : fault(reference);
      if (error !== undefined) throw error;
      const id = idOf(reference);
      const image: Image = { id, tags: [reference], digests: [`${reference}@${id}`], sizeBytes: SIZE_BYTES };
      pulled.set(id, image);
      return image;
    },
    find: async (reference) => pulled.get(reference) ?? pulled.get(idOf(reference)),
    list: async () => [...pulled.values()],
    remove: async (id) => void pulled.delete(id),
    program: async (id) => {
      if (!pulled.has(id)) throw new Error(`image "${id}": not found`);
      return { ...PROGRAM, digest: id };
    },
  };
};
