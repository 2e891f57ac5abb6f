// Takes the one program out of a layer that is a tar: the only `.wasm` file in it.
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { digestOf, type Blobs } from "./blobs.ts";

/** A program larger than this is refused: a small tar must not unpack to a full disk. */
const MAX_PROGRAM_BYTES = 512 * 1024 * 1024;

const take = async (entry: ReadEntry): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of entry as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_PROGRAM_BYTES) throw new Error(`${entry.path} is larger than ${MAX_PROGRAM_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

/** Stores the program of a tar layer as a blob; the answer is its digest. Throws: when the tar has no `.wasm` file, or several. */
export const unpackProgram = async (blobs: Blobs, layer: string, packed: "tar" | "tar+gzip"): Promise<string> => {
  const found: Promise<Uint8Array>[] = [];
  const parser = new Parser({
    onReadEntry: (entry) => {
      if (entry.type === "File" && entry.path.endsWith(".wasm")) found.push(take(entry));
      else entry.resume();
    },
  });
  const file = createReadStream(blobs.pathOf(layer));
  const source = packed === "tar+gzip" ? file.pipe(createGunzip()) : file;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  parser.on("end", resolve);
  parser.on("error", reject);
  source.on("error", reject);
  file.on("error", reject);
  source.on("data", (chunk: Buffer) => parser.write(chunk));
  source.on("end", () => parser.end());
  await promise;
  const programs = await Promise.all(found);
  const [program] = programs;
  if (program === undefined || programs.length > 1) throw new Error(`layer ${layer} has ${programs.length} .wasm files, expected one`);
  await blobs.write([program], { digest: digestOf(program) });
  return digestOf(program);
};
