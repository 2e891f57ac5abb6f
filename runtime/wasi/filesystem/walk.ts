// From a directory and a guest's path to the one name in one directory that it means.
//
// F1 every segment is opened under the directory before it, without following links; `..` is a step back on our own list
//    of opened directories, never the operating system's.
// F2 a link is read and its segments are walked like the guest's own, so it leads nowhere the guest could not go by itself.
// F3 what would leave the directory that the guest started from, and any absolute path, is refused with EPERM.
// F4 what is done to the place found must not follow a link either: another guest may have put one there meanwhile.
import { lstatSync, readlinkSync } from "node:fs";
import { at, closeDirectory, openBelow, type Directory } from "./directory.ts";
import { FileError, codeOf } from "./file-error.ts";
import type { MountPoint } from "./mount-tree.ts";
import { isDirectoryMount, openMount } from "./mounts.ts";

/** Where a path leads. `name` is "." for the directory itself. */
export type Place = {
  readonly directory: Directory;
  readonly name: string;
  /** The path that names the place to the operating system. */
  readonly hostPath: string;
  /** The path ended in a slash. */
  readonly mustBeDirectory: boolean;
  /** Something is mounted at this very name, or it is the directory itself: it can be neither removed nor replaced. */
  readonly isFixed: boolean;
  /** A single file is mounted here; its host path is the node's own word, so links in it are followed. */
  readonly isMountedFile: boolean;
  /** It lies in a mount that may only be read. */
  readonly readOnly: boolean;
};

// As many as Linux follows.
const MOST_LINKS = 40;

// A walk holds its thread, which may be others' too.
const MOST_PATH_LENGTH = 4096;
const MOST_STEPS = 512;

const split = (path: string): string[] => {
  if (path === "") throw new FileError("ENOENT");
  if (path.startsWith("/")) throw new FileError("EPERM");
  if (path.length > MOST_PATH_LENGTH) throw new FileError("ENAMETOOLONG");
  if (path.includes("\0")) throw new FileError("EINVAL");
  return path.split("/").filter((segment) => segment !== "" && segment !== ".");
};

const endsInDirectory = (path: string): boolean => /(^|\/)\.{0,2}$/.test(path);

const readLinkIn = (directory: Directory, name: string): string | undefined => {
  try {
    return readlinkSync(at(directory, name));
  } catch {
    return undefined;
  }
};

class Walk {
  readonly #base: Directory;
  // The directories entered below the base.
  readonly #entered: Directory[] = [];
  // What is still to walk, the next segment last.
  readonly #ahead: string[];
  #links = 0;
  #mustBeDirectory: boolean;

  constructor(base: Directory, path: string) {
    this.#base = base;
    this.#ahead = split(path).toReversed();
    this.#mustBeDirectory = endsInDirectory(path);
  }

  get #here(): Directory {
    return this.#entered.at(-1) ?? this.#base;
  }

  run(follow: boolean): Place {
    let steps = 0;
    for (let name = this.#ahead.pop(); name !== undefined; name = this.#ahead.pop()) {
      if (++steps > MOST_STEPS) throw new FileError("ENAMETOOLONG");
      if (name === "..") this.#goBack();
      else if (this.#ahead.length > 0) this.#enter(name);
      else if (!this.#expand(name, follow || this.#mustBeDirectory)) return this.#place(name);
    }
    return this.#place(".");
  }

  close(): void {
    for (const directory of this.#entered) closeDirectory(directory);
  }

  #goBack(): void {
    const left = this.#entered.pop();
    if (left === undefined) throw new FileError("EPERM");
    closeDirectory(left);
  }

  #enter(name: string): void {
    const point = this.#here.point?.below.get(name);
    if (point?.hostPath !== undefined) {
      this.#entered.push(openMount(point));
      return;
    }
    try {
      this.#entered.push(openBelow(this.#here, name, point));
    } catch (error) {
      if (codeOf(error) !== "ENOTDIR" && codeOf(error) !== "ELOOP") throw error;
      const target = readLinkIn(this.#here, name);
      if (target === undefined) throw new FileError("ENOTDIR");
      this.#follow(target);
    }
  }

  // Whether the last name is a link that was put in its place.
  #expand(name: string, follow: boolean): boolean {
    if (!follow || this.#here.point?.below.has(name) === true) return false;
    const found = lstatSync(at(this.#here, name), { throwIfNoEntry: false });
    const target = found?.isSymbolicLink() === true ? readLinkIn(this.#here, name) : undefined;
    if (target === undefined) return false;
    this.#follow(target);
    return true;
  }

  #follow(target: string): void {
    if (++this.#links > MOST_LINKS) throw new FileError("ELOOP");
    if (this.#ahead.length === 0) this.#mustBeDirectory ||= endsInDirectory(target);
    this.#ahead.push(...split(target).toReversed());
  }

  #place(name: string): Place {
    const directory = this.#here;
    const point = directory.point?.below.get(name);
    if (point?.hostPath !== undefined) return this.#mounted(point, name);
    return {
      directory,
      name,
      hostPath: at(directory, name),
      mustBeDirectory: this.#mustBeDirectory,
      isFixed: name === "." || point !== undefined,
      isMountedFile: false,
      readOnly: directory.mount.readOnly,
    };
  }

  #mounted(point: MountPoint, name: string): Place {
    const fixed = { isFixed: true, mustBeDirectory: this.#mustBeDirectory, readOnly: point.readOnly };
    if (!isDirectoryMount(point)) return { ...fixed, directory: this.#here, name, hostPath: point.hostPath ?? "", isMountedFile: true };
    const directory = openMount(point);
    this.#entered.push(directory);
    return { ...fixed, directory, name: ".", hostPath: at(directory, "."), isMountedFile: false };
  }
}

/**
 * Finds the place that `path` means from `base`, calls `use` with it, and lets go of what was opened on the way. `follow`:
 * a link in the last place is followed too. Throws: FileError, an fs error, what `use` throws.
 */
export const withPlace = <Result>(base: Directory, path: string, follow: boolean, use: (place: Place) => Result): Result => {
  const walk = new Walk(base, path);
  try {
    return use(walk.run(follow));
  } finally {
    walk.close();
  }
};
