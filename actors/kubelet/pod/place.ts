// What a pod has of its node: a sandbox with its address, and its volumes.
import type { Sandbox } from "#runtime/port.ts";
import type { BoundPod } from "./containers.ts";
import type { PodServices, VolumePaths } from "./services.ts";

/** Ends well or not: whoever tracks it waits for either. */
type Track = <T>(task: Promise<T>) => Promise<T>;

/** The place of one pod. */
export class PodPlace {
  readonly #services: PodServices;
  #sandbox: Sandbox | undefined;
  #podIps: readonly string[];
  #volumes: VolumePaths = new Map();

  /** @param sandbox the one that the runtime has already */
  constructor(services: PodServices, pod: BoundPod, sandbox: Sandbox | undefined) {
    this.#services = services;
    this.#sandbox = sandbox;
    this.#podIps = sandbox === undefined ? (pod.status?.podIPs ?? []).flatMap(({ ip }) => ip) : [sandbox.ip];
  }

  /** The pod's addresses; the last ones when its sandbox is gone. */
  get podIps(): readonly string[] {
    return this.#podIps;
  }

  get volumes(): VolumePaths {
    return this.#volumes;
  }

  /** Undefined: the pod has no sandbox. */
  get sandboxId(): string | undefined {
    return this.#sandbox?.id;
  }

  /** Makes what is missing; tells in an event what cannot be made. Throws: what kept it from being made. */
  async prepare(pod: BoundPod, track: Track, signal: AbortSignal): Promise<void> {
    const failed = (reason: string, what: string) => (error: unknown) => {
      if (signal.aborted) throw error;
      const message = `${what}${error instanceof Error ? error.message : String(error)}`;
      this.#services.record(pod, { type: "Warning", reason, message });
      throw error;
    };
    const [paths] = await Promise.all([
      track(this.#services.volumes.prepare(pod, signal)).catch(failed("FailedMount", "")),
      track(this.#ensureSandbox(pod, signal)).catch(failed("FailedCreatePodSandBox", "Failed to create pod sandbox: ")),
    ]);
    this.#volumes = paths;
  }

  async removeSandbox(): Promise<void> {
    if (this.#sandbox !== undefined) await this.#services.runtime.removeSandbox(this.#sandbox.id);
    this.#sandbox = undefined;
  }

  /** Gives everything back to the node. */
  async clear(uid: string): Promise<void> {
    await this.removeSandbox();
    this.#services.volumes.release(uid);
    await this.#services.disk.remove(uid);
  }

  async #ensureSandbox(pod: BoundPod, signal: AbortSignal): Promise<void> {
    const { runtime, sandboxOf } = this.#services;
    this.#sandbox ??= await runtime.runSandbox(await sandboxOf(pod, signal), signal);
    this.#podIps = [this.#sandbox.ip];
  }
}
