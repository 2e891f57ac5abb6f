// Finds the nats-server program, or installs it where that can be done without asking: Debian and Ubuntu, as root or with
// a sudo that asks for no password.
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { checkVersion, parseVersion, type ServerVersion } from "#lib/nats/server-config.ts";
import { ClusterError } from "./definition.ts";

const run = promisify(execFile);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** A program's path: PATH first, then the places for servers that a user's PATH often lacks. */
export const which = (program: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/usr/local/bin"]
    .map((dir) => join(dir, program))
    .find(isExecutable);

const HOW = [
  "nats-server is not on the PATH. Install it and start again:",
  "  Debian, Ubuntu   sudo apt-get install nats-server",
  "  Fedora           sudo dnf install nats-server",
  "  Alpine           sudo apk add nats-server",
  "  Arch             sudo pacman -S nats-server",
  "  macOS            brew install nats-server",
].join("\n");

/** The command that may install packages here, if there is one. */
const installer = async (): Promise<readonly string[] | undefined> => {
  const apt = which("apt-get");
  if (apt === undefined) return undefined;
  if (process.getuid?.() === 0) return [apt];
  const sudo = which("sudo");
  if (sudo === undefined) return undefined;
  return run(sudo, ["-n", "true"]).then(
    () => [sudo, "-n", apt],
    () => undefined,
  );
};

const install = async (say: (line: string) => void): Promise<void> => {
  const [command, ...args] = (await installer()) ?? [];
  if (command === undefined) throw new ClusterError(HOW);
  say("installing nats-server with apt-get");
  try {
    await run(command, [...args, "update", "-q"]);
    await run(command, [...args, "install", "-q", "-y", "--no-install-recommends", "nats-server"], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  } catch (cause) {
    throw new ClusterError(`apt-get could not install nats-server. ${HOW}`, { cause });
  }
};

const checked = (printed: string): ServerVersion => {
  try {
    const version = parseVersion(printed);
    checkVersion(version);
    return version;
  } catch (cause) {
    throw new ClusterError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
};

/** A nats-server program that is new enough. */
export type NatsServer = {
  readonly path: string;
  /** What `--version` prints. */
  readonly printed: string;
  readonly version: ServerVersion;
};

/** The nats-server of this machine. Throws: ClusterError with what to install when it is not to be had, or is too old. */
export const findNatsServer = async (say: (line: string) => void): Promise<NatsServer> => {
  if (which("nats-server") === undefined) await install(say);
  const path = which("nats-server");
  if (path === undefined) throw new ClusterError(HOW);
  const { stdout } = await run(path, ["--version"]);
  const printed = stdout.trim();
  return { path, printed, version: checked(printed) };
};
