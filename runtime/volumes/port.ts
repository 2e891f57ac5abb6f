// What a kubelet needs of the node's disk: directories for volumes. The kubelet decides what a volume holds; this puts it
// there. Nothing here follows a link out of a pod's own directories (R1).

/** One file of a volume. `path` is relative, with `/` between segments and no `..`; `mode` are permission bits. */
export type VolumeFile = { readonly path: string; readonly data: Uint8Array; readonly mode: number };

/** What a volume is, after the kubelet has read every object that it names. */
export type VolumeContent =
  /** configMap, secret, downwardAPI, projected: these files and no others. */
  | { readonly type: "files"; readonly files: readonly VolumeFile[] }
  | { readonly type: "emptyDir"; readonly medium: string; readonly sizeLimitBytes?: number | undefined }
  /** `expect` is the API's HostPathType; "" checks nothing. */
  | { readonly type: "hostPath"; readonly path: string; readonly expect: string };

/** A volume that cannot be prepared; its message is shown in a FailedMount event. */
export class VolumeError extends Error {
  override readonly name = "VolumeError";
}

export interface Volumes {
  /**
   * Makes the volume of a pod, or brings its files up to date at once: a reader sees all old files or all new ones. Answers
   * its path on the node (a hostPath may be a file). Idempotent. Throws: VolumeError.
   */
  prepare(podUid: string, volume: string, content: VolumeContent, signal: AbortSignal): Promise<string>;
  /** The path of `subPath` below a volume's path; a missing one is made as a directory. Throws: VolumeError when it would leave the volume. */
  subPath(volumePath: string, subPath: string): Promise<string>;
  /** An empty file in the pod's own directory, for what a container wants to say when it ends. Answers its path. */
  messageFile(podUid: string, container: string, attempt: number): Promise<string>;
  /** The first `maxBytes` of a message file as UTF-8; "" when there is none. */
  readMessage(path: string, maxBytes: number): Promise<string>;
  /** UIDs of the pods that have anything here. */
  pods(): Promise<readonly string[]>;
  /** Forgets everything of the pod; what a hostPath names stays. Idempotent. */
  remove(podUid: string): Promise<void>;
}
