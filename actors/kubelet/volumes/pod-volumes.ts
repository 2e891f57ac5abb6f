// HOW the volumes of pods are filled and kept up to date: with config maps, secrets, the pod's own fields, tokens.
//
// V1 one volume is written by one writer at a time, and what is written last is what was read last.
import type { V1Volume } from "#api/generated/types.ts";
import { objectKey } from "#api/meta/object.ts";
import type { Clock } from "#lib/clock.ts";
import { DelayQueue } from "#lib/delay-queue.ts";
import type { Logger } from "#lib/log.ts";
import type { NodeFacts } from "../environment/downward.ts";
import type { PodObjects } from "../objects.ts";
import type { BoundPod } from "../pod/containers.ts";
import type { VolumePaths } from "../pod/services.ts";
import type { Tokens } from "../tokens.ts";
import { volumeContent, volumeReferences, volumeTokens, type Bytes } from "./content.ts";
import { VolumeError, type Volumes } from "./volumes.ts";

export type PodVolumesPorts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly disk: Volumes;
  readonly objects: PodObjects;
  readonly tokens: Tokens;
  readonly nodeFacts: () => NodeFacts;
};

/** A pod whose volumes are kept up to date. `writing` settles when the last write has. */
type Kept = { pod: BoundPod; writing: Promise<unknown>; readonly released: AbortController };

const RETRY_MS = 10_000;
const fromBase64 = (text: string): Uint8Array => Uint8Array.fromBase64(text);
const encoder = new TextEncoder();
const mapValues = <A, B>(map: { readonly [key: string]: A } | undefined, fn: (value: A) => B): { readonly [key: string]: B } =>
  Object.fromEntries(Object.entries(map ?? {}).map(([key, value]) => [key, fn(value)]));

/** The volumes of this node's pods. */
export class PodVolumes {
  readonly #ports: PodVolumesPorts;
  readonly #kept = new Map<string, Kept>();
  readonly #due: DelayQueue<string>;

  constructor(ports: PodVolumesPorts) {
    this.#ports = ports;
    this.#due = new DelayQueue(ports.clock, (uid) => this.refresh(uid));
  }

  /** Fills every volume of the pod, and keeps them up to date until the pod is released. Throws: VolumeError. */
  async prepare(pod: BoundPod, signal: AbortSignal): Promise<VolumePaths> {
    const { uid } = pod.metadata;
    const before = this.#kept.get(uid)?.writing ?? Promise.resolve();
    const kept: Kept = { pod, writing: before, released: new AbortController() };
    this.#kept.set(uid, kept);
    const writing = before.then(() => this.#write(kept, AbortSignal.any([signal, kept.released.signal])));
    kept.writing = writing.catch(() => undefined);
    return writing;
  }

  /** The pod has changed: its own fields may be in its volumes. */
  update(pod: BoundPod): void {
    const kept = this.#kept.get(pod.metadata.uid);
    if (kept === undefined) return;
    kept.pod = pod;
    this.refresh(pod.metadata.uid);
  }

  /** Reads anew what the pod's volumes are made of, and writes what has changed. */
  refresh(uid: string): void {
    const kept = this.#kept.get(uid);
    if (kept === undefined) return;
    const { clock, logger } = this.#ports;
    kept.writing = kept.writing
      .then(() => this.#write(kept, kept.released.signal))
      .catch((error: unknown) => {
        if (kept.released.signal.aborted) return;
        logger("warn", "volumes not brought up to date", { pod: objectKey(kept.pod), error });
        this.#due.setSooner(uid, clock.now() + RETRY_MS);
      });
  }

  /** Leaves the pod's volumes as they are. */
  release(uid: string): void {
    this.#kept.get(uid)?.released.abort(new VolumeError("the pod's volumes are released"));
    this.#kept.delete(uid);
    this.#due.delete(uid);
    this.#ports.tokens.forget(uid);
  }

  async #write({ pod }: Kept, signal: AbortSignal): Promise<VolumePaths> {
    const volumes = pod.spec.volumes ?? [];
    const paths = await Promise.all(volumes.map(async (volume) => [volume.name, await this.#writeOne(pod, volume, signal)] as const));
    return new Map(paths);
  }

  async #writeOne(pod: BoundPod, volume: V1Volume, signal: AbortSignal): Promise<string> {
    const { disk, nodeFacts } = this.#ports;
    try {
      const [data, tokens] = await Promise.all([this.#read(pod, volume, signal), this.#tokensOf(pod, volume, signal)]);
      const content = volumeContent(volume, { pod, node: nodeFacts(), tokens, ...data });
      return await disk.prepare(pod.metadata.uid, volume.name, content, signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`, { cause: error });
    }
  }

  async #read({ metadata: { namespace = "" } }: BoundPod, volume: V1Volume, signal: AbortSignal) {
    const { objects } = this.#ports;
    const references = volumeReferences(volume);
    const configMaps = Array.from(references.configMaps, async (name): Promise<readonly [string, Bytes]> => {
      const found = await objects.configMap(namespace, name, signal);
      return [name, found && { ...mapValues(found.data, (text) => encoder.encode(text)), ...mapValues(found.binaryData, fromBase64) }];
    });
    const secrets = Array.from(references.secrets, async (name): Promise<readonly [string, Bytes]> => {
      const found = await objects.secret(namespace, name, signal);
      return [name, found && mapValues(found.data, fromBase64)];
    });
    return { configMaps: new Map(await Promise.all(configMaps)), secrets: new Map(await Promise.all(secrets)) };
  }

  async #tokensOf(pod: BoundPod, volume: V1Volume, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const tokens = volumeTokens(volume).map(async (projection) => {
      const { token, renewAt } = await this.#ports.tokens.get(pod, projection, signal);
      this.#due.setSooner(pod.metadata.uid, renewAt);
      return [projection.path, token] as const;
    });
    return new Map(await Promise.all(tokens));
  }
}
