// Where a test cluster runs, and as whom. As root each place is a network namespace of its own: routed addresses never leave
// it, and clusters of one machine do not meet. Elsewhere there is one place: this user, with addresses of 127.0.0.0/8.
import { execFile, execFileSync, spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { RANGES, type NetworkMode } from "#actors/cluster/definition.ts";
import { need } from "./packages.ts";

const execute = promisify(execFile);
const NOBODY = 65_534;
const root = join(import.meta.dirname, "..", "..", "..");

/** What a program printed and how it ended. */
export type Result = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** A command, what it reads and what its environment has beyond ours. */
export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
};

const resultOf = (running: Promise<{ stdout: string; stderr: string }>): Promise<Result> =>
  running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code?: number | string; stdout?: string; stderr?: string; message?: string }) => ({
      code: typeof error.code === "number" ? error.code : 1,
      stdout: error.stdout ?? "",
      stderr: error.stderr || (error.message ?? ""),
    }),
  );

type PlaceOptions = {
  readonly network: NetworkMode;
  readonly uid?: number;
  /** Words before every command that is to run there. */
  readonly enter?: readonly string[];
  /** Where this checkout is seen there, when not where it is. */
  readonly view?: string;
  readonly leave?: () => void;
};

/** Where commands run, and as whom. */
export class Place {
  readonly title: string;
  readonly network: NetworkMode;
  /** The user that commands run as; undefined: ours. */
  readonly uid: number | undefined;
  readonly #options: PlaceOptions;

  constructor(title: string, options: PlaceOptions) {
    this.title = title;
    this.network = options.network;
    this.uid = options.uid;
    this.#options = options;
  }

  /** The cluster's address ranges here. */
  get ranges(): (typeof RANGES)[NetworkMode] {
    return RANGES[this.network];
  }

  /** Starts a command here; its pid is the program's own. */
  start({ program, args, env }: Command, stdio: SpawnOptions["stdio"]): ChildProcess {
    const [first = program, ...rest] = this.#words(program, args);
    return spawn(first, rest, { stdio, env: { ...process.env, ...env } });
  }

  /** Runs a command here to its end. */
  run({ program, args, env }: Command): Promise<Result> {
    const [first = program, ...rest] = this.#words(program, args);
    return resultOf(execute(first, rest, { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 }));
  }

  /** Runs a file of test/e2e/programs here, on our Node. Throws: what it said, when it failed. */
  async node(file: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run({
      program: process.execPath,
      args: [join(import.meta.dirname, "..", "programs", file), ...args],
    });
    if (code !== 0) throw new Error(`${file} ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Gives a file or directory to the user of this place. */
  own(path: string): void {
    if (this.uid !== undefined) chownSync(path, this.uid, this.uid);
  }

  remove(): void {
    this.#options.leave?.();
  }

  #words(program: string, args: readonly string[]): readonly string[] {
    const { enter = [], view } = this.#options;
    const words = [program, ...args];
    return [...enter, ...(view === undefined ? words : words.map((word) => word.replaceAll(root, view)))];
  }
}

let made = 0;

const namespace = (): { readonly enter: readonly string[]; readonly leave: () => void } => {
  const name = `orrery-${process.pid}-${++made}`;
  const ip = (...args: readonly string[]): void => void execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
  ip("netns", "add", name);
  ip("-n", name, "link", "set", "lo", "up");
  return { enter: ["ip", "netns", "exec", name], leave: () => ip("netns", "del", name) };
};

/** Why this machine gives no network namespace; undefined: it does. */
export const noNamespace = (): string | undefined => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "it needs root on Linux";
  try {
    for (const [program, debianPackage] of [
      ["ip", "iproute2"],
      ["setpriv", "util-linux"],
    ] as const)
      need(program, debianPackage);
    namespace().leave();
    return undefined;
  } catch (error) {
    return `it needs a network namespace: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
};

/** This user on this machine, addresses of 127.0.0.0/8. */
export const here = (): Place => new Place("here", { network: "loopback" });

/** Root, addresses of 10.0.0.0/8. */
export const asRoot = (): Place => new Place("as root, routed addresses", { network: "route", ...namespace() });

const MOUNT = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
const DROP = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--inh-caps=-all"];

/**
 * A user without any privilege, addresses of 127.0.0.0/8, ports from 1024. He sees this checkout below the temporary
 * directory, since it may lie where only its owner may look.
 */
export const asNobody = (): Place => {
  const { enter, leave } = namespace();
  const view = mkdtempSync(join(tmpdir(), "orrery-view-"));
  chmodSync(view, 0o755);
  return new Place("as nobody, loopback addresses", {
    network: "loopback",
    uid: NOBODY,
    enter: [...enter, "sh", "-c", MOUNT, "sh", root, view, ...DROP],
    view,
    leave: () => {
      leave();
      rmdirSync(view);
    },
  });
};

/** A place of its own where the machine gives one, so that clusters which run side by side do not meet; else here. */
export const apart = (): Place => (noNamespace() === undefined ? asRoot() : here());
