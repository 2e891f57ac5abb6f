// pods/exec: refused. A container here is one WebAssembly instance: there is no other program in it that could be started.
import type { KubeObject } from "#api/meta/object.ts";
import { failure } from "#api/meta/status.ts";
import { containerOf } from "../subresources/container-of.ts";
import { nodeOf, podOf, type PodRef, type StreamPorts } from "./ports.ts";

/** upstream: PodExecOptions */
type ExecOptions = KubeObject & { readonly container?: string };

/** Throws: NotFound, BadRequest as upstream for what cannot be meant, MethodNotAllowed else. */
export const refuseExec = async (ports: StreamPorts, ref: PodRef, options: ExecOptions): Promise<void> => {
  const pod = podOf(ports, ref);
  const container = containerOf(pod, options.container);
  nodeOf(pod);
  const why = `container ${container} is a WebAssembly guest, in which no other process can be started`;
  throw failure("MethodNotAllowed", `exec is not supported on pod ${ref.name}: ${why}`, { kind: "pods" });
};
