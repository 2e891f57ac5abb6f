// What a container's config and its image mean for the guest. Pure.
import type { Program } from "./node-ports.ts";
import type { ContainerConfig, SandboxConfig } from "./port.ts";

/** What a program is called whose image names none: images of one module have no entrypoint, and arguments begin with a name. */
const UNNAMED = "main.wasm";

/** The arguments: command and args replace the image's entrypoint and command as upstream's table says. */
export const argsOf = ({ command = [], args = [] }: ContainerConfig, { config }: Program): readonly string[] => {
  const { Entrypoint = [], Cmd = [] } = config;
  if (command.length > 0) return [...command, ...args];
  const named = [...Entrypoint, ...Cmd].length > 0;
  return [...(named ? Entrypoint : [UNNAMED]), ...(args.length > 0 ? args : Cmd)];
};

/** The environment, `NAME=value` each: the image's, then the container's. PWD says where relative paths begin. */
export const envOf = (container: ContainerConfig, { config }: Program, pod: SandboxConfig): readonly string[] => {
  const workingDir = container.workingDir ?? config.WorkingDir ?? "";
  const given = [...(config.Env ?? []), ...container.env.map(({ name, value }) => `${name}=${value}`)];
  const all = [`HOSTNAME=${pod.hostname}`, ...(workingDir === "" ? [] : [`PWD=${workingDir}`]), ...given];
  const byName = new Map(all.map((each) => [each.slice(0, Math.max(0, each.indexOf("="))), each]));
  return [...byName.values()];
};
