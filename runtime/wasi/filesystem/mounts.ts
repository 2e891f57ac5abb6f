// Opening the mounts of a guest's file system, and its root.
import { constants, openSync, statSync } from "node:fs";
import { closeDirectory, type Directory } from "./directory.ts";
import type { MountPoint } from "./mount-tree.ts";

/** Whether the mount is a directory; false for a single file. Throws: an fs error when it is not there. */
export const isDirectoryMount = (point: MountPoint): boolean => statSync(point.hostPath ?? "").isDirectory();

/** Opens a mounted directory. Its host path is the node's own word, so links in it are followed. */
export const openMount = (point: MountPoint): Directory => {
  const hostPath = point.hostPath ?? "";
  return { fd: openSync(hostPath, constants.O_RDONLY | constants.O_DIRECTORY), hostPath, mount: point, point };
};

/** The root of a guest's file system; opened when it is first needed. */
export class GuestRoot {
  readonly #tree: MountPoint;
  readonly #prepare: () => void;
  #directory: Directory | undefined;

  /** `prepare` runs once, before the root is opened: it makes the root's directory and the mount points in it. */
  constructor(tree: MountPoint, prepare: () => void) {
    this.#tree = tree;
    this.#prepare = prepare;
  }

  directory(): Directory {
    if (this.#directory === undefined) {
      this.#prepare();
      this.#directory = openMount(this.#tree);
    }
    return this.#directory;
  }

  close(): void {
    if (this.#directory !== undefined) closeDirectory(this.#directory);
    this.#directory = undefined;
  }
}
