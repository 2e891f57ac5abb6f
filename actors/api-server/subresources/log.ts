// log: what a container wrote, streamed from the pod's node. upstream: pkg/registry/core/pod/strategy.go LogLocation
import type { V1Pod } from "#api/generated/types.ts";
import { badRequest } from "#api/meta/status.ts";
import type { LogRequest } from "#lib/node-api.ts";
import type { Call, Core } from "../core.ts";
import { current } from "../pipeline/storage.ts";

/** Streams the log; resolves when it has ended. Throws: NotFound, BadRequest, ServiceUnavailable. */
export const streamLog = async (core: Core, call: Call, onFrame: (frame: Uint8Array) => void): Promise<void> => {
  const pod: V1Pod = current(core, call).object;
  const request = logRequest(call, containerOf(pod, call.options["container"]));
  const node = pod.spec?.nodeName ?? "";
  if (node === "") return; // not scheduled yet: an empty log
  await core.ports.nodes.stream(node, request, onFrame, call.signal);
};

type Names = { readonly containers: readonly string[]; readonly init: readonly string[]; readonly ephemeral: readonly string[] };

const names = (list: readonly { readonly name: string }[] | undefined): readonly string[] => (list ?? []).map(({ name }) => name);

const namesOf = ({ spec }: V1Pod): Names => ({
  containers: names(spec?.containers),
  init: names(spec?.initContainers),
  ephemeral: names(spec?.ephemeralContainers),
});

/** The container that the client means: the one it names, or the only one. Throws: BadRequest. */
const containerOf = (pod: V1Pod, wished: unknown): string => {
  const all = namesOf(pod);
  const name = pod.metadata?.name ?? "";
  if (typeof wished === "string" && wished !== "") {
    if (Object.values(all).flat().includes(wished)) return wished;
    throw badRequest(`container ${wished} is not valid for pod ${name}`);
  }
  const [only, ...others] = all.containers;
  if (only !== undefined && others.length === 0) return only;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: ${choices(all)}`);
};

const choices = ({ containers, init, ephemeral }: Names): string => {
  const ofInit = init.length === 0 ? "" : ` or one of the init containers: [${init.join(" ")}]`;
  const ofEphemeral = ephemeral.length === 0 ? "" : ` or one of the ephemeral containers: [${ephemeral.join(" ")}]`;
  return `[${containers.join(" ")}]${ofInit}${ofEphemeral}`;
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
