// HOW the kubelet makes sure that an image is there, with upstream's events. upstream: pkg/kubelet/images/image_manager.go
import type { Clock } from "#lib/clock.ts";
import type { Happening } from "#lib/event-recorder.ts";
import { ImageError, type Image, type RegistryAuth, type Runtime } from "#runtime/port.ts";
import { fieldPathOf, type BoundPod, type PodContainer } from "../pod/containers.ts";
import { StartError } from "../pod/services.ts";

export type ImagesPorts = {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly record: (pod: BoundPod, happening: Happening) => void;
  readonly authOf: (pod: BoundPod, signal: AbortSignal) => Promise<RegistryAuth>;
};

/** A time as Go prints a duration that is truncated to milliseconds. */
const duration = (ms: number): string => (ms < 1000 ? `${Math.trunc(ms)}ms` : `${Math.trunc(ms) / 1000}s`);

type Recorder = (type: Happening["type"], reason: string, message: string) => void;

const succeeded = (image: string, tookMs: number, { sizeBytes }: Image): string => {
  const took = duration(tookMs);
  return `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${sizeBytes} bytes.`;
};

const failed = (image: string, error: unknown, record: Recorder): StartError => {
  const reason = error instanceof ImageError ? error.reason : "ErrImagePull";
  const message = error instanceof Error ? error.message : String(error);
  if (reason === "InvalidImageName") {
    const text = `Failed to apply default image tag "${image}": ${message}`;
    record("Warning", "InspectFailed", text);
    return new StartError("create", reason, text, `Error: ${reason}`);
  }
  record("Warning", "Failed", `Failed to pull image "${image}": ${message}`);
  return new StartError("pull", reason, message, `Error: ${reason}`);
};

/** Makes sure that the container's image is there, as its pull policy says. Throws: StartError. */
export const ensureImage = async (ports: ImagesPorts, pod: BoundPod, container: PodContainer, signal: AbortSignal): Promise<Image> => {
  const { image = "", imagePullPolicy = "IfNotPresent" } = container.spec;
  const record: Recorder = (type, reason, message) => ports.record(pod, { type, reason, message, fieldPath: fieldPathOf(container) });
  const present = imagePullPolicy === "Always" ? undefined : await ports.runtime.image(image);
  if (present !== undefined) {
    record("Normal", "Pulled", `Container image "${image}" already present on machine and can be accessed by the pod`);
    return present;
  }
  if (imagePullPolicy === "Never") {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    record("Warning", "ErrImageNeverPull", message);
    throw new StartError("create", "ErrImageNeverPull", message, "Error: ErrImageNeverPull");
  }
  record("Normal", "Pulling", `Pulling image "${image}"`);
  const began = ports.clock.now();
  try {
    const pulled = await ports.runtime.pull(image, await ports.authOf(pod, signal), signal);
    record("Normal", "Pulled", succeeded(image, ports.clock.now() - began, pulled));
    return pulled;
  } catch (error) {
    throw signal.aborted ? error : failed(image, error, record);
  }
};
