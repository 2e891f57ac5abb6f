// What a container said when it ended: its message file, or the end of its log. upstream: kuberuntime_container.go getTerminationMessage
import type { Container } from "#runtime/port.ts";
import type { PodContainer } from "./containers.ts";
import type { PodServices } from "./services.ts";

// upstream: pkg/kubelet/container/runtime.go MaxContainerTerminationMessageLength, ...LogLength, ...LogLines
const MESSAGE_BYTES = 4096;
const LOG = { lines: 80, bytes: 2048 };

/** The message of an ended container; the runtime's own when the container left none. `path`: its message file. */
export const terminationMessage = async (
  { disk, logs }: Pick<PodServices, "disk" | "logs">,
  path: string | undefined,
  { spec }: PodContainer,
  ended: Container,
): Promise<string | undefined> => {
  const said = path === undefined ? "" : await disk.readMessage(path, MESSAGE_BYTES);
  if (said !== "") return said;
  if (spec.terminationMessagePolicy !== "FallbackToLogsOnError" || ended.exitCode === 0) return ended.message;
  return logs.tail(ended.logPath, LOG);
};
