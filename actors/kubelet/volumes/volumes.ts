// What the kubelet needs of the node's disk: directories for volumes, and logs. The kubelet decides what a volume holds;
// runtime/volumes and runtime/logs put it there. Nothing here follows a link out of a pod's own directories (R1).
import type { StreamSink } from "#lib/api.ts";
import type { ReadOptions } from "#runtime/logs/read.ts";

export { VolumeError, type VolumeContent, type VolumeFile, type Volumes } from "#runtime/volumes/port.ts";

export interface Logs {
  /** Writes a log to the sink, without ending it. Throws: when the file cannot be read. */
  read(path: string, options: ReadOptions, sink: StreamSink, signal: AbortSignal): Promise<void>;
  /** The text of the last lines, at most so many and so long, without instants; "" when there is no log. */
  tail(path: string, most: { readonly lines: number; readonly bytes: number }): Promise<string>;
  /** Removes a log file with its rotated ones, or a directory of logs. Idempotent. */
  remove(path: string): Promise<void>;
}
