// What a container's config and its image mean for the guest. Pure.
import type { Program } from "./node-ports.ts";
import type { ContainerConfig, SandboxConfig } from "./port.ts";

/** The arguments: command and args replace the image's entrypoint and command as upstream's table says. */
export const argsOf = ({ command, args }: ContainerConfig, { config }: Program): readonly string[] => {
  const { Entrypoint = [], Cmd = [] } = config;
  const all = command === undefined || command.length === 0 ? [...Entrypoint, ...(args ?? Cmd)] : [...command, ...(args ?? [])];
  return all.length === 0 ? ["main.wasm"] : all;
};

/** The environment, `NAME=value` each: the image's, then the container's. PWD says where relative paths begin. */
export const envOf = (container: ContainerConfig, { config }: Program, pod: SandboxConfig): readonly string[] => {
  const workingDir = container.workingDir ?? config.WorkingDir ?? "";
  const given = [...(config.Env ?? []), ...container.env.map(({ name, value }) => `${name}=${value}`)];
  const all = [`HOSTNAME=${pod.hostname}`, ...(workingDir === "" ? [] : [`PWD=${workingDir}`]), ...given];
  const byName = new Map(all.map((each) => [each.slice(0, Math.max(0, each.indexOf("="))), each]));
  return [...byName.values()];
};
