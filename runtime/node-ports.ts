// What a node's runtime needs of others: images and addresses.
import type { Image, RegistryAuth } from "./port.ts";

/** A program of an image, as a file of the node. */
export type Program = {
  readonly digest: string;
  readonly path: string;
  readonly kind: "module" | "component";
  /** What the image says of running it, in the field names of the OCI image config. */
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly WorkingDir?: string;
  };
};

/** The images of a node. */
export interface NodeImages {
  /** Throws: ImageError. */
  pull(reference: string, auth: RegistryAuth, signal: AbortSignal): Promise<Image>;
  /** The image that a reference, digest or id names. */
  find(reference: string): Promise<Image | undefined>;
  list(): Promise<readonly Image[]>;
  remove(id: string): Promise<void>;
  /** Throws: when the image is not there or holds no program. */
  program(id: string): Promise<Program>;
}

/** The addresses of a node's pods. */
export interface PodAddresses {
  /** The pod's address; the same one when asked again. Throws: when there is none left. */
  allocate(uid: string): string;
  release(uid: string): void;
}
