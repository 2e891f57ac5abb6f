// Which container of a pod a client means. Pure. upstream: pkg/registry/core/pod/strategy.go podHasContainerWithName
import type { V1Pod } from "#api/generated/types.ts";
import { badRequest } from "#api/meta/status.ts";

type Names = { readonly containers: readonly string[]; readonly init: readonly string[]; readonly ephemeral: readonly string[] };

const names = (list: readonly { readonly name: string }[] | undefined): readonly string[] => (list ?? []).map(({ name }) => name);

const namesOf = ({ spec }: V1Pod): Names => ({
  containers: names(spec?.containers),
  init: names(spec?.initContainers),
  ephemeral: names(spec?.ephemeralContainers),
});

/** The container that the client means: the one it names, or the only one. Throws: BadRequest. */
export const containerOf = (pod: V1Pod, wished: unknown): string => {
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
