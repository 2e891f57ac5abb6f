// A directory that a guest may reach, held by a descriptor. Names are looked up under the descriptor and never under a
// path, so what the name of a directory means meanwhile to others does not matter: Node has no openat(2), but
// `/proc/self/fd/<fd>/<name>` is the same lookup. Without /proc (not Linux) the path is all there is; each step is then
// still checked, but a guest that swaps directories for links while it walks them may win a race.
import { closeSync, constants, existsSync, openSync } from "node:fs";
import type { MountPoint } from "./mount-tree.ts";

export type Directory = {
  readonly fd: number;
  /** Where it was opened; used only where descriptors cannot be looked under. */
  readonly hostPath: string;
  /** The mount it lies in. Names do not move between mounts. */
  readonly mount: MountPoint;
  /** The mounts on or below it. */
  readonly point: MountPoint | undefined;
};

const HAS_PROC = existsSync("/proc/self/fd");

/** A path that means what `fd` has open, as long as it is open; `opened`, where it was found, is all there is without /proc. */
export const pathOfOpen = (fd: number, opened: string): string => (HAS_PROC ? `/proc/self/fd/${fd}` : opened);

/** The flags for a directory: read, never through a link. */
export const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The path that names `name` in `directory` to the operating system. `name` is one segment. */
export const at = (directory: Directory, name: string): string =>
  HAS_PROC ? `/proc/self/fd/${directory.fd}/${name}` : `${directory.hostPath}/${name}`;

/** Opens the directory `name` in `directory`. Throws: an fs error, ENOTDIR for a link. */
export const openBelow = (directory: Directory, name: string, point: MountPoint | undefined): Directory => ({
  fd: openSync(at(directory, name), DIRECTORY_FLAGS),
  hostPath: `${directory.hostPath}/${name}`,
  mount: directory.mount,
  point,
});

/** A second handle on the same directory. */
export const duplicate = (directory: Directory): Directory => ({
  ...directory,
  fd: openSync(HAS_PROC ? `/proc/self/fd/${directory.fd}/.` : directory.hostPath, constants.O_RDONLY | constants.O_DIRECTORY),
});

export const closeDirectory = (directory: Directory): void => closeSync(directory.fd);
