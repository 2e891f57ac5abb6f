// Brings an image from its registry: manifest, config and program, each checked against its digest, and only what is not
// there. Pulls of one reference at the same time are one pull.
import { ImageError, type Image, type RegistryAuth } from "#runtime/port.ts";
import { DigestMismatch, digestOf } from "./blobs.ts";
import { programLayer, wasmOf, type Descriptor, type Manifest } from "./manifest.ts";
import { canonical, parseReference, type Reference } from "./reference.ts";
import { Repository } from "./registry.ts";
import type { ImageStore } from "./store.ts";

const parseManifest = (bytes: Uint8Array, what: string): Manifest => {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  } catch (cause) {
    throw new ImageError("ErrImagePull", `${what}: the manifest is not JSON`, { cause });
  }
};

/** Pulls images into a store. */
export class Puller {
  readonly #store: ImageStore;
  readonly #running = new Map<string, Promise<Image>>();
  constructor(store: ImageStore) {
    this.#store = store;
  }

  /** Throws: ImageError. */
  pull(text: string, auth: RegistryAuth, signal: AbortSignal): Promise<Image> {
    const reference = parseReference(text);
    if (reference === undefined) {
      return Promise.reject(
        new ImageError(
          "InvalidImageName",
          `Failed to apply default image tag "${text}": couldn't parse image name "${text}": invalid reference format`,
        ),
      );
    }
    const name = canonical(reference);
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const pull = this.#pull(reference, auth, signal).finally(() => this.#running.delete(name));
    this.#running.set(name, pull);
    return pull;
  }

  async #pull(reference: Reference, auth: RegistryAuth, signal: AbortSignal): Promise<Image> {
    const name = canonical(reference);
    try {
      return await this.#fetchAll(reference, new Repository(reference, auth), signal);
    } catch (cause) {
      if (cause instanceof ImageError)
        throw new ImageError(cause.reason, `failed to pull and unpack image "${name}": ${cause.message}`, { cause });
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ImageError(
        "ErrImagePull",
        `failed to pull and unpack image "${name}": ${cause instanceof DigestMismatch ? "failed commit on ref: " : ""}${why}`,
        { cause },
      );
    }
  }

  async #fetchAll(reference: Reference, repository: Repository, signal: AbortSignal): Promise<Image> {
    const top = await this.#manifest(repository, reference.digest ?? reference.tag, signal);
    const chosen = top.manifest.manifests === undefined ? top : await this.#ofIndex(repository, top.manifest, signal);
    const found = programLayer(chosen.manifest);
    if (found === undefined)
      throw new ImageError(
        "ErrImagePull",
        `the image holds no WASM: its layers are ${chosen.manifest.layers.map(({ mediaType }) => mediaType).join(", ")}`,
      );
    await Promise.all([chosen.manifest.config, found.layer].map((descriptor) => this.#content(repository, descriptor, signal)));
    await this.#store.program(chosen.digest);
    await this.#store.tag(canonical(reference), chosen.digest);
    const image = await this.#store.find(chosen.digest);
    if (image === undefined) throw new ImageError("ErrImagePull", "the image was removed while it was pulled");
    return image;
  }

  async #ofIndex(
    repository: Repository,
    index: Manifest,
    signal: AbortSignal,
  ): Promise<{ readonly digest: string; readonly manifest: Manifest }> {
    const wanted = wasmOf(index);
    if (wanted === undefined) throw new ImageError("ErrImagePull", "no match for platform in manifest: none of its images is for wasm");
    return this.#manifest(repository, wanted.digest, signal);
  }

  async #manifest(
    repository: Repository,
    tagOrDigest: string,
    signal: AbortSignal,
  ): Promise<{ readonly digest: string; readonly manifest: Manifest }> {
    const bytes = await repository.manifest(tagOrDigest, signal);
    const digest = digestOf(bytes);
    if (tagOrDigest.startsWith("sha256:") && digest !== tagOrDigest)
      throw new DigestMismatch(`the manifest has digest ${digest}, expected ${tagOrDigest}`);
    const manifest = parseManifest(bytes, tagOrDigest);
    if (manifest.manifests === undefined) await this.#store.blobs.add(bytes);
    return { digest, manifest };
  }

  async #content(repository: Repository, descriptor: Descriptor, signal: AbortSignal): Promise<void> {
    if (await this.#store.blobs.has(descriptor.digest)) return;
    await this.#store.blobs.write(await repository.blob(descriptor.digest, signal), descriptor);
  }
}

/** Pushes an image of the store to the registry its reference names. Throws: ImageError. */
export const push = async (store: ImageStore, text: string, auth: RegistryAuth, signal: AbortSignal): Promise<string> => {
  const reference = parseReference(text);
  const image = reference === undefined ? undefined : await store.find(canonical(reference));
  if (reference === undefined || image === undefined)
    throw new ImageError("InvalidImageName", `${text}: no such image here; 'orrery image ls' lists them`);
  const bytes = await store.blobs.read(image.id);
  const manifest = parseManifest(bytes, image.id);
  const repository = new Repository(reference, auth);
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    // one upload at a time
    await repository.pushBlob(digest, await store.blobs.read(digest), signal);
  }
  await repository.pushManifest(reference.tag, bytes, {
    mediaType: manifest.mediaType ?? "application/vnd.oci.image.manifest.v1+json",
    signal,
  });
  return image.id;
};
