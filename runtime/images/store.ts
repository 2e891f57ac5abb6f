// The images of a machine: content by digest, and the names that point to it. Shared by the node processes of one machine,
// so that an image is fetched once; every name is a file of its own, replaced atomically.
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { uuid, type Random } from "#lib/random.ts";
import type { Image } from "#runtime/port.ts";
import { Blobs } from "./blobs.ts";
import { kindOfWasm, programLayer, WASM_CONFIG, WASM_LAYER, MANIFEST, type ImageConfig, type Manifest } from "./manifest.ts";
import { unpackProgram } from "./unpack.ts";

/** What an engine needs to run an image. */
export type Program = {
  readonly digest: string;
  readonly path: string;
  readonly kind: "module" | "component";
  readonly config: ImageConfig;
};

/** A file that is not a program this node can run. */
export class NotWasm extends Error {
  override readonly name = "NotWasm";
}

type Name = { readonly reference: string; readonly digest: string };

/** The images in one directory. */
export class ImageStore {
  readonly blobs: Blobs;
  readonly #names: string;
  readonly #random: Random;
  constructor(dir: string, random: Random) {
    this.blobs = new Blobs(dir, random);
    this.#names = join(dir, "names");
    this.#random = random;
  }

  /** Lets `reference` (canonical) name the manifest with this digest. */
  async tag(reference: string, digest: string): Promise<void> {
    await mkdir(this.#names, { recursive: true });
    const draft = join(this.#names, `.${uuid(this.#random)}`);
    await writeFile(draft, JSON.stringify({ reference, digest } satisfies Name));
    await rename(draft, join(this.#names, encodeURIComponent(reference)));
  }

  /** The image that a canonical reference or a manifest's digest names. */
  async find(reference: string): Promise<Image | undefined> {
    const digest = reference.startsWith("sha256:")
      ? reference
      : (await this.#allNames()).find((name) => name.reference === reference)?.digest;
    return digest !== undefined && (await this.blobs.has(digest)) ? this.#image(digest) : undefined;
  }

  async list(): Promise<readonly Image[]> {
    const digests = new Set((await this.#allNames()).map(({ digest }) => digest));
    return Promise.all([...digests].toSorted().map((digest) => this.#image(digest)));
  }

  /** Forgets an image: its names and the content that no other image uses. */
  async remove(id: string): Promise<void> {
    const names = await this.#allNames();
    await Promise.all(
      names
        .filter(({ digest }) => digest === id)
        .map(({ reference }) => rm(join(this.#names, encodeURIComponent(reference)), { force: true })),
    );
    const kept = await Promise.all(
      [...new Set(names.map(({ digest }) => digest).filter((digest) => digest !== id))].map((digest) => this.#manifest(digest)),
    );
    const used = new Set(kept.flatMap((manifest) => contentOf(manifest)));
    const gone = contentOf(await this.#manifest(id)).filter((digest) => !used.has(digest));
    await Promise.all([id, ...gone].map((digest) => this.blobs.remove(digest)));
  }

  /** The program of an image, unpacked when its layer is a tar. Throws: NotWasm. */
  async program(id: string): Promise<Program> {
    const manifest = await this.#manifest(id);
    const found = programLayer(manifest);
    if (found === undefined)
      throw new NotWasm(`image ${id} holds no WASM: its layers are ${manifest.layers.map(({ mediaType }) => mediaType).join(", ")}`);
    const digest = found.packed === "wasm" ? found.layer.digest : await unpackProgram(this.blobs, found.layer.digest, found.packed);
    const path = this.blobs.pathOf(digest);
    const kind = kindOfWasm(await this.blobs.read(digest));
    if (kind === undefined) throw new NotWasm(`image ${id}: its program does not begin as WASM does (\\0asm)`);
    return { digest, path, kind, config: await this.#config(manifest) };
  }

  /** Makes an image of one WASM file, named `reference` (canonical). Throws: NotWasm. */
  async addProgram(reference: string, wasm: Uint8Array, config: ImageConfig = {}): Promise<Image> {
    const kind = kindOfWasm(wasm);
    if (kind === undefined) throw new NotWasm("the file does not begin as WASM does (\\0asm)");
    const layer = await this.blobs.add(wasm);
    const text = JSON.stringify({ architecture: "wasm", os: kind === "component" ? "wasip2" : "wasip1", layerDigests: [layer], config });
    const bytes = new TextEncoder().encode(text);
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: WASM_CONFIG, digest: await this.blobs.add(bytes), size: bytes.length },
      layers: [{ mediaType: WASM_LAYER, digest: layer, size: wasm.length }],
    };
    const digest = await this.blobs.add(new TextEncoder().encode(JSON.stringify(manifest)));
    await this.tag(reference, digest);
    return this.#image(digest);
  }

  async #allNames(): Promise<readonly Name[]> {
    const files = await readdir(this.#names).catch(() => []);
    const texts = await Promise.all(
      files.filter((file) => !file.startsWith(".")).map((file) => readFile(join(this.#names, file), "utf8").catch(() => undefined)),
    );
    return texts.filter((text) => text !== undefined).map((text) => JSON.parse(text) as Name);
  }

  async #manifest(digest: string): Promise<Manifest> {
    return JSON.parse(new TextDecoder().decode(await this.blobs.read(digest))) as Manifest;
  }

  async #config(manifest: Manifest): Promise<ImageConfig> {
    const value = JSON.parse(new TextDecoder().decode(await this.blobs.read(manifest.config.digest))) as { readonly config?: ImageConfig };
    return value.config ?? {};
  }

  async #image(digest: string): Promise<Image> {
    const manifest = await this.#manifest(digest);
    const tags = (await this.#allNames())
      .filter((name) => name.digest === digest && !name.reference.includes("@"))
      .map(({ reference }) => reference);
    const repositories = [...new Set(tags.map((tag) => tag.slice(0, tag.lastIndexOf(":"))))];
    const sizeBytes = manifest.layers.reduce((sum, { size }) => sum + size, manifest.config.size);
    return {
      id: digest,
      tags: tags.toSorted(),
      digests: repositories.toSorted().map((repository) => `${repository}@${digest}`),
      sizeBytes,
    };
  }
}

const contentOf = (manifest: Manifest): readonly string[] => [manifest.config.digest, ...manifest.layers.map(({ digest }) => digest)];
