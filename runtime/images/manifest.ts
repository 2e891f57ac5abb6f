// What an OCI manifest says, as far as a WASM image needs it. Pure. Accepted: the CNCF artifact layout (config
// `application/vnd.wasm.config.v0+json`, one layer `application/wasm`), the older wasm-to-oci layers, and OCI images whose
// single layer is a module or a tar that holds one.

export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const INDEX = "application/vnd.oci.image.index.v1+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
export const WASM_CONFIG = "application/vnd.wasm.config.v0+json";
export const WASM_LAYER = "application/wasm";

/** Everything the node asks a registry for when it asks for a manifest. */
export const ACCEPT = [MANIFEST, INDEX, DOCKER_MANIFEST, DOCKER_INDEX].join(", ");

export type Descriptor = {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
};
export type Manifest = {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
};

/** What an image says of running it. Field names are those of the OCI image config. */
export type ImageConfig = {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
};

const WASM_TYPES = new Set([
  WASM_LAYER,
  "application/vnd.wasm.content.layer.v1+wasm",
  "application/vnd.module.wasm.content.layer.v1+wasm",
  "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm",
]);

/** The manifest of an index that holds WASM; undefined when none does. */
export const wasmOf = (index: { readonly manifests?: readonly Descriptor[] }): Descriptor | undefined =>
  index.manifests?.find(
    ({ platform }) => platform !== undefined && (platform.architecture.startsWith("wasm") || platform.os.startsWith("wasi")),
  ) ?? (index.manifests?.length === 1 ? index.manifests[0] : undefined);

/** The layer that holds the program, and whether it is bare WASM or a tar; undefined when the image is not a WASM image. */
export const programLayer = (
  manifest: Manifest,
): { readonly layer: Descriptor; readonly packed: "wasm" | "tar" | "tar+gzip" } | undefined => {
  const bare = manifest.layers.find(({ mediaType }) => WASM_TYPES.has(mediaType));
  if (bare !== undefined) return { layer: bare, packed: "wasm" };
  const [only, ...rest] = manifest.layers;
  if (only === undefined || rest.length > 0) return undefined;
  if (/tar\+gzip$|tar\.gzip$/.test(only.mediaType)) return { layer: only, packed: "tar+gzip" };
  return only.mediaType.endsWith("tar") ? { layer: only, packed: "tar" } : undefined;
};

const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** What WASM bytes are by their first eight; undefined when they are not WASM. */
export const kindOfWasm = (bytes: Uint8Array): "module" | "component" | undefined => {
  if (bytes.length < 8 || MAGIC.some((byte, index) => bytes[index] !== byte)) return undefined;
  return bytes[6] === 0 && bytes[7] === 0 ? "module" : "component";
};
