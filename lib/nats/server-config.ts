// The text of nats-server.conf, and what the version of a nats-server means for it. Pure: actors/cluster writes the file and
// starts the process.
import type { Permissions } from "./address.ts";

/** The oldest nats-server that this works with: the first with direct reads of a stream. */
const LEAST_VERSION = "2.9.0";

export type ServerVersion = { readonly major: number; readonly minor: number; readonly patch: number };

/** One user. Without permissions it may do everything. */
export type ServerUser = { readonly user: string; readonly password: string; readonly permissions?: Permissions };

/** What the file is made from. Paths are absolute. */
export type ServerConfig = {
  readonly serverName: string;
  /** An address to listen on; loopback unless other machines are to join. */
  readonly host: string;
  readonly port: number;
  /** Where JetStream keeps its files. */
  readonly storeDir: string;
  readonly pidFile?: string;
  /** Default: standard error. */
  readonly logFile?: string;
  readonly users: readonly ServerUser[];
  readonly version: ServerVersion;
};

/** Bytes of the largest message: an object may have 1.5 MiB, and a request carries more than the object. */
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;

/** The version in what `nats-server --version` prints. Throws: when there is none in it. */
export const parseVersion = (printed: string): ServerVersion => {
  const match = /\bv?(\d+)\.(\d+)\.(\d+)/.exec(printed);
  if (match === null) throw new Error(`no nats-server version in ${JSON.stringify(printed.trim())}`);
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
};

const formatVersion = ({ major, minor, patch }: ServerVersion): string => `${major}.${minor}.${patch}`;

/** True when `version` is `least` or newer. */
export const isAtLeast = (version: ServerVersion, least: ServerVersion): boolean =>
  version.major !== least.major
    ? version.major > least.major
    : version.minor !== least.minor
      ? version.minor > least.minor
      : version.patch >= least.patch;

/** Throws: when nats-server is too old, saying what is needed. */
export const checkVersion = (version: ServerVersion): void => {
  if (isAtLeast(version, parseVersion(LEAST_VERSION))) return;
  throw new Error(`nats-server ${formatVersion(version)} is too old: Orrery needs ${LEAST_VERSION} or newer`);
};

/** True when the server can sync every write to disk before it acknowledges it. upstream: nats-server 2.10, `sync_interval: always` */
export const syncsEveryWrite = (version: ServerVersion): boolean => isAtLeast(version, { major: 2, minor: 10, patch: 0 });

/** A string of the configuration language, which knows a few of JSON's escapes and would read a bare `$` as a variable. */
const quote = (text: string): string => {
  const escaped = Array.from(text, (char) => {
    if (char === '"' || char === "\\") return `\\${char}`;
    return char < " " ? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}` : char;
  });
  return `"${escaped.join("")}"`;
};
const list = (texts: readonly string[]): string => `[${texts.map(quote).join(", ")}]`;

const userBlock = ({ user, password, permissions }: ServerUser): string => {
  const who = `user: ${quote(user)}, password: ${quote(password)}`;
  if (permissions === undefined) return `    { ${who} }`;
  return [
    `    { ${who}, permissions: {`,
    `      publish: { allow: ${list(permissions.publish)} }`,
    `      subscribe: { allow: ${list(permissions.subscribe)} }`,
    "    } }",
  ].join("\n");
};

/** The whole file. */
export const serverConfig = (config: ServerConfig): string =>
  [
    `server_name: ${quote(config.serverName)}`,
    `host: ${quote(config.host)}`,
    `port: ${config.port}`,
    ...(config.pidFile === undefined ? [] : [`pid_file: ${quote(config.pidFile)}`]),
    ...(config.logFile === undefined ? [] : [`log_file: ${quote(config.logFile)}`]),
    `max_payload: ${MAX_PAYLOAD_BYTES}`,
    'ping_interval: "20s"',
    "ping_max: 2",
    "jetstream {",
    `  store_dir: ${quote(config.storeDir)}`,
    ...(syncsEveryWrite(config.version) ? ["  sync_interval: always"] : []),
    "}",
    "authorization {",
    "  users: [",
    ...config.users.map(userBlock),
    "  ]",
    "}",
    "",
  ].join("\n");
