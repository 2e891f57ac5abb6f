// Content on disk under its digest. A blob is written to a file of its own and renamed into place only when its digest is
// right, so a blob that is there is whole, whoever wrote it: several processes may share the directory.
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { uuid, type Random } from "#lib/random.ts";

/** Content does not have the digest, or the size, that was promised. */
export class DigestMismatch extends Error {
  override readonly name = "DigestMismatch";
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** The blobs of one directory. */
export class Blobs {
  readonly #dir: string;
  readonly #random: Random;
  constructor(dir: string, random: Random) {
    this.#dir = join(dir, "blobs", "sha256");
    this.#random = random;
  }

  pathOf(digest: string): string {
    return join(this.#dir, digest.replace(/^sha256:/, ""));
  }

  async has(digest: string): Promise<boolean> {
    return stat(this.pathOf(digest)).then(
      () => true,
      () => false,
    );
  }

  async read(digest: string): Promise<Uint8Array> {
    return readFile(this.pathOf(digest));
  }

  async remove(digest: string): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }

  /** Stores what `source` yields. Throws: DigestMismatch, and nothing is kept. */
  async write(
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    expected: { readonly digest: string; readonly size?: number },
  ): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const draft = join(this.#dir, `.${uuid(this.#random)}`);
    try {
      const { digest, size } = await copy(source, draft, expected.size);
      if (digest !== expected.digest) throw new DigestMismatch(`content has digest ${digest}, expected ${expected.digest}`);
      if (expected.size !== undefined && size !== expected.size)
        throw new DigestMismatch(`content of ${expected.digest} has ${size} bytes, expected ${expected.size}`);
      await rename(draft, this.pathOf(expected.digest));
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Stores bytes and answers their digest. */
  async add(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    if (!(await this.has(digest))) await this.write([bytes], { digest });
    return digest;
  }
}

const copy = async (
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  path: string,
  limit: number | undefined,
): Promise<{ readonly digest: string; readonly size: number }> => {
  await using file = await open(path, "w");
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (limit !== undefined && size > limit) throw new DigestMismatch(`content is longer than the ${limit} bytes that were promised`);
    hash.update(chunk);
    await file.write(chunk);
  }
  await file.sync();
  return { digest: `sha256:${hash.digest("hex")}`, size };
};
