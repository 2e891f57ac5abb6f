// The port between a kubelet and what runs containers on its node. The Container Runtime Interface is the reference: images,
// pod sandboxes, containers; the kubelet alone decides when. runtime/wasi implements it with WASI engines, runtime/fake in
// memory for simulations; test/contract/runtime.ts says what both must do.
//
// R1 a guest reaches only what its config gives it. R2 a guest that loops, allocates or floods its log harms no other.

/** An image that is on the node. `id` is the digest of its manifest. */
export type Image = {
  readonly id: string;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
  readonly sizeBytes: number;
};

/** Why a pull did not succeed; the kubelet shows `reason` as the waiting reason. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly reason: "ErrImagePull" | "InvalidImageName" | "ErrImageNeverPull" | "RegistryUnavailable" | "SignatureValidationFailed";
  constructor(reason: ImageError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A container that cannot be started; the kubelet shows `reason`. */
export class ContainerError extends Error {
  override readonly name = "ContainerError";
  readonly reason: "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError" | "StartError";
  constructor(reason: ContainerError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Who pulls: registry host → credentials, from imagePullSecrets. */
export type RegistryAuth = { readonly [host: string]: { readonly username: string; readonly password: string } };

export type SandboxConfig = {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** The runtime handler of the pod's RuntimeClass; "" is the default. */
  readonly handler: string;
  /** Uses the node's address and ports. */
  readonly hostNetwork: boolean;
  readonly hostname: string;
  /** The resolver: what resolv.conf holds. */
  readonly dns: { readonly nameservers: readonly string[]; readonly searches: readonly string[]; readonly options: readonly string[] };
  /** Lines of /etc/hosts beyond the pod's own. */
  readonly hosts: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
};

export type Sandbox = {
  readonly id: string;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly createdAt: number;
};

/**
 * A directory or file of the node that the guest sees. A guest never leaves it, by links or otherwise. `subPath`: only this
 * part of it, looked up inside when the container starts, without leaving it, and made a directory when it is not there.
 */
export type Mount = {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly: boolean;
  readonly subPath?: string | undefined;
};

export type ContainerConfig = {
  readonly sandboxId: string;
  readonly name: string;
  /** Restart count; part of the log file's name. */
  readonly attempt: number;
  /** The digest that `pull` answered. */
  readonly imageId: string;
  /** Replace the image's entrypoint and command when given. */
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
  readonly workingDir?: string | undefined;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  /** Bytes the guest's memories may have together; undefined: no limit. */
  readonly memoryLimitBytes?: number | undefined;
  readonly cpuLimitMilli?: number | undefined;
  readonly readOnlyRootFilesystem?: boolean | undefined;
  /** Ports the guest is said to listen on, for servers that the host runs for it (wasi:http). */
  readonly ports: readonly { readonly name?: string | undefined; readonly containerPort: number; readonly protocol: string }[];
  /** Pod annotations, by which an engine may be tuned. */
  readonly annotations: { readonly [key: string]: string };
  /** The file that gets the log, in the CRI format: `<RFC3339Nano> stdout|stderr F|P <text>`. */
  readonly logPath: string;
};

export type ContainerState = "created" | "running" | "exited";

export type Container = {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly imageId: string;
  readonly state: ContainerState;
  readonly createdAt: number;
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** As a shell has it: 137 killed, 143 terminated, 134 trapped. */
  readonly exitCode?: number | undefined;
  /** Completed, Error, OOMKilled, ContainerCannotRun. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly logPath: string;
};

export type ContainerUsage = { readonly id: string; readonly cpuNanos: number; readonly memoryBytes: number };

export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** Fetches what is missing and checks every digest. Pulls of one reference at a time are one pull. Throws: ImageError. */
  pull(reference: string, auth: RegistryAuth, signal: AbortSignal): Promise<Image>;
  /** The image on the node that a reference, digest or id names. */
  image(reference: string): Promise<Image | undefined>;
  images(): Promise<readonly Image[]>;
  removeImage(id: string): Promise<void>;
  /** Gives the pod its address. Throws: ContainerError. */
  runSandbox(config: SandboxConfig, signal: AbortSignal): Promise<Sandbox>;
  /** Stops and forgets everything of the sandbox and frees its address. Idempotent. */
  removeSandbox(id: string): Promise<void>;
  sandboxes(): Promise<readonly Sandbox[]>;
  /** Throws: ContainerError. */
  create(config: ContainerConfig, signal: AbortSignal): Promise<string>;
  /** Throws: ContainerError. */
  start(id: string, signal: AbortSignal): Promise<void>;
  /** Asks the guest to end, and kills it after `graceMs`. Resolves when it is gone. Idempotent. */
  stop(id: string, graceMs: number): Promise<void>;
  remove(id: string): Promise<void>;
  containers(): Promise<readonly Container[]>;
  usage(): Promise<readonly ContainerUsage[]>;
  /** Every change of a container's state, in order. The answer unsubscribes. */
  subscribe(listener: (container: Container) => void): () => void;
  close(): Promise<void>;
}
