// log: what a container wrote, streamed from the pod's node. upstream: pkg/registry/core/pod/strategy.go LogLocation
import type { V1Pod } from "#api/generated/types.ts";
import type { LogRequest, TakeFrame } from "#lib/node-api.ts";
import type { Call, Core } from "../core.ts";
import { current } from "../pipeline/storage.ts";
import { containerOf } from "./container-of.ts";

/** Streams the log; resolves when it has ended. Throws: NotFound, BadRequest, ServiceUnavailable. */
export const streamLog = async (core: Core, call: Call, onFrame: TakeFrame): Promise<void> => {
  const pod: V1Pod = current(core, call).object;
  const request = logRequest(call, containerOf(pod, call.options["container"]));
  const node = pod.spec?.nodeName ?? "";
  if (node === "") return; // not scheduled yet: an empty log
  await core.ports.nodes.stream(node, request, onFrame, call.signal);
};

const numberOr = (value: unknown): number | undefined => (value === undefined || value === "" ? undefined : Number(value));
const isTrue = (value: unknown): boolean => value === true || value === "true" || value === "1";

const logRequest = ({ namespace, name, options }: Call, container: string): LogRequest => {
  const { sinceTime, sinceSeconds, tailLines, limitBytes } = options;
  return {
    what: "logs",
    namespace,
    pod: name,
    container,
    follow: isTrue(options["follow"]),
    previous: isTrue(options["previous"]),
    timestamps: isTrue(options["timestamps"]),
    ...given({ sinceTime: typeof sinceTime === "string" ? sinceTime : undefined }),
    ...given({ sinceSeconds: numberOr(sinceSeconds), tailLines: numberOr(tailLines), limitBytes: numberOr(limitBytes) }),
  };
};

const given = (values: Partial<LogRequest>): Partial<LogRequest> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
