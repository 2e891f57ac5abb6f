// The volumes of one node's pods, each pod under a directory of its own: `<uid>/volumes/<name>` and `<uid>/messages`.
import { mkdir, open, readdir, realpath, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { uuid, type Random } from "#lib/random.ts";
import { writeFiles } from "./files.ts";
import { VolumeError, type VolumeContent, type Volumes } from "./port.ts";

type HostPath = Extract<VolumeContent, { type: "hostPath" }>;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A name that is one path segment and cannot climb. */
const segment = (name: string): string => {
  if (name === "" || name === "." || name === ".." || name.includes("/") || name.includes("\0"))
    throw new VolumeError(`"${name}" is not a name for a directory`);
  return name;
};

const CREATES: { readonly [expect: string]: (path: string) => Promise<unknown> } = {
  DirectoryOrCreate: (path) => mkdir(path, { recursive: true, mode: 0o755 }),
  FileOrCreate: (path) => writeFile(path, "", { flag: "a", mode: 0o644 }),
};

/** Which types ask for what; a type that is not here asks for nothing. */
const ASKS: { readonly [expect: string]: "file" | "directory" } = {
  Directory: "directory",
  DirectoryOrCreate: "directory",
  File: "file",
  FileOrCreate: "file",
};

const hostPath = async ({ path, expect }: HostPath): Promise<string> => {
  await CREATES[expect]?.(path);
  const asked = ASKS[expect];
  if (asked === undefined) return path;
  const found = await stat(path).catch(() => undefined);
  const is = found?.isDirectory() === true ? "directory" : "file";
  if (found === undefined || is !== asked) throw new VolumeError(`hostPath type check failed: ${path} is not a ${asked}`);
  return path;
};

class Disk implements Volumes {
  readonly #dir: string;
  readonly #random: Random;
  constructor(dir: string, random: Random) {
    this.#dir = dir;
    this.#random = random;
  }

  async prepare(podUid: string, volume: string, content: VolumeContent): Promise<string> {
    const dir = join(this.#dir, segment(podUid), "volumes", segment(volume));
    try {
      if (content.type === "hostPath") return await hostPath(content);
      if (content.type === "files") await writeFiles(dir, content.files, `..${uuid(this.#random)}`);
      else await mkdir(dir, { recursive: true, mode: 0o777 });
      return dir;
    } catch (error) {
      throw error instanceof VolumeError ? error : new VolumeError(messageOf(error), { cause: error });
    }
  }

  async subPath(volumePath: string, subPath: string): Promise<string> {
    const base = await realpath(volumePath);
    const path = resolve(base, subPath);
    if (path !== base && !path.startsWith(base + sep)) throw new VolumeError(`subPath "${subPath}" leaves its volume`);
    await stat(path).catch(() => mkdir(path, { recursive: true, mode: 0o750 }));
    const real = await realpath(path);
    if (real !== base && !real.startsWith(base + sep)) throw new VolumeError(`subPath "${subPath}" leaves its volume by a link`);
    return real;
  }

  async messageFile(podUid: string, container: string, attempt: number): Promise<string> {
    const dir = join(this.#dir, segment(podUid), "messages");
    await mkdir(dir, { recursive: true });
    const path = join(dir, `${segment(container)}-${attempt}`);
    await writeFile(path, "");
    return path;
  }

  async readMessage(path: string, maxBytes: number): Promise<string> {
    const file = await open(path, "r").catch(() => undefined);
    if (file === undefined) return "";
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await file.close();
    }
  }

  pods(): Promise<readonly string[]> {
    return readdir(this.#dir).catch(() => []);
  }

  async remove(podUid: string): Promise<void> {
    await rm(join(this.#dir, segment(podUid)), { recursive: true, force: true });
  }
}

/** @param dir a directory of the node's own */
export const createVolumes = (dir: string, random: Random): Volumes => new Disk(dir, random);
