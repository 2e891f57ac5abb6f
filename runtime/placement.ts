// What a container's config and its image mean for the guest. Pure.
import type { Program } from "./node-ports.ts";
import type { ContainerConfig, SandboxConfig } from "./port.ts";
import type { Sharing } from "./worker/pool.ts";

/** The runtime handlers: the default, trusted guests that share threads without metering, a thread for each. */
export const HANDLERS: Readonly<Record<string, Sharing>> = { "": "turns", shared: "trusted", dedicated: "alone" };

// A guest has one thread at most. One that may use all of it anyway does not share it.
const WHOLE_CPU_MILLI = 1000;

/** How the container shares threads. */
export const sharingOf = (handler: string, { cpuLimitMilli = 0 }: ContainerConfig): Sharing => {
  const sharing = HANDLERS[handler] ?? "turns";
  return sharing === "turns" && cpuLimitMilli >= WHOLE_CPU_MILLI ? "alone" : sharing;
};

/** The arguments: command and args replace the image's entrypoint and command as upstream's table says. */
export const argsOf = ({ command, args }: ContainerConfig, { config }: Program): readonly string[] => {
  const { Entrypoint = [], Cmd = [] } = config;
  const all = command === undefined || command.length === 0 ? [...Entrypoint, ...(args ?? Cmd)] : [...command, ...(args ?? [])];
  return all.length === 0 ? ["main.wasm"] : all;
};

/** The environment, `NAME=value` each: the image's, then the container's. PWD says where relative paths begin. */
export const envOf = (container: ContainerConfig, { config }: Program, sandbox: SandboxConfig): readonly string[] => {
  const workingDir = container.workingDir ?? config.WorkingDir ?? "";
  const given = [...(config.Env ?? []), ...container.env.map(({ name, value }) => `${name}=${value}`)];
  const all = [`HOSTNAME=${sandbox.hostname}`, ...(workingDir === "" ? [] : [`PWD=${workingDir}`]), ...given];
  const byName = new Map(all.map((each) => [each.slice(0, Math.max(0, each.indexOf("="))), each]));
  return [...byName.values()];
};
